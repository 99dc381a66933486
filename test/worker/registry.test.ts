import { json, wireEvent, type ProjectEventType } from "@sightline/worker/events";
import * as z from "zod";
import * as mini from "zod/mini";
import { describe, expect, test } from "vitest";
import { projectEvents } from "../../examples/meal-planner/index.ts";
import { jsonSchemaOf } from "../../worker/src/events/json-schema.ts";
import { createRegistry, registry } from "../../worker/src/events/registry.ts";
import { parse } from "../../worker/src/lib/parse.ts";
import { wireFields } from "../../worker/src/events/schema.ts";
import { eventWriter } from "../../worker/src/check/writer/event-writer.ts";
import { bundleWorker } from "../../worker/scripts/bundle-worker.ts";
import { standIns } from "./stand-ins.ts";

const own: ProjectEventType = { name: "recipe_saved", version: 1, description: "A user saved a recipe.", schema: wireEvent };

const schemaOf = (type: ProjectEventType) => jsonSchemaOf({ ...type, envelope: "app.event.recorded.v1" });

describe("a project's own types", () => {
  test("stand beside the collector's, and their envelopes are the application's", () => {
    const types = createRegistry([own]);
    expect(types.get("recipe_saved")).toEqual({ ...own, envelope: "app.event.recorded.v1" });
    expect(types.get("exposure")?.envelope).toBe("rec.exposure.recorded.v1");
  });

  test("are taken from the folder that is named, which is the meal planner's", () => {
    expect([...registry.keys()]).toEqual([...createRegistry([]).keys(), ...projectEvents.map(({ name }) => name)]);
  });

  test("are none where no folder is named: neither in the bundle nor in /v1/schemas", async () => {
    const { code } = await bundleWorker(new URL("../../worker/src/index.ts", import.meta.url), { alias: {} });
    expect(projectEvents.filter(({ name, description }) => code.includes(name) || code.includes(description))).toEqual([]);
    const bundle = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
      default: { fetch(request: Request, env: object): Promise<Response> };
    };
    const response = await bundle.default.fetch(new Request("https://collector.test/v1/schemas"), standIns());
    const { schemas } = (await response.json()) as { schemas: { event_type: string }[] };
    expect(schemas.map(({ event_type }) => event_type)).toEqual([...createRegistry([]).keys()]);
  });

  test.each([
    ["a name of the collector's own", { name: "exposure" }, 'event type "exposure": expected a name that is not registered yet'],
    ["a name with capitals", { name: "RecipeSaved" }, 'event type "RecipeSaved": expected a name in lower snake case'],
    ["a name that begins with a digit", { name: "2_recipes" }, 'event type "2_recipes": expected a name in lower snake case'],
    ["a name that ends in an underscore", { name: "recipe_" }, 'event type "recipe_": expected a name in lower snake case'],
    ["no name", { name: "" }, 'event type "": expected a name in lower snake case'],
    ["a name of 65 characters", { name: "r".repeat(65) }, "of at most 64 characters"],
    ["the version 0", { version: 0 }, 'event type "recipe_saved": expected a version from 1'],
    [
      "an id of another form",
      { schema: wireEvent.extend({ event_id: z.string() }) },
      'event type "recipe_saved": expected the wire\'s own event_id',
    ],
    [
      "a time of another form",
      { schema: wireEvent.extend({ timestamp: z.string() }) },
      'event type "recipe_saved": expected the wire\'s own timestamp',
    ],
    [
      "an unknown class of personal data",
      { schema: wireEvent.extend({ payload: z.object({ note: z.string().meta({ pii: "secret" as "none" }) }) }) },
      'event type "recipe_saved": pii of payload.note: expected one of none, pseudonymous, personal, sensitive',
    ],
  ])("%s is an error that names the type", (_, wrong, message) => {
    expect(() => createRegistry([{ ...own, ...wrong }])).toThrow(message);
  });

  test("may require what the wire leaves open, and narrow it", () => {
    const { event_id, request_id, seq } = wireFields;
    const schema = wireEvent.extend({ event_id, request_id, seq, unit_id: wireEvent.shape.unit_id.check(z.maxLength(64)) });
    expect(createRegistry([{ ...own, schema }]).has("recipe_saved")).toBe(true);
  });

  test("are the same to the collector in zod and in zod/mini", () => {
    const inZod = z.object({ recipe_id: z.string().min(2), stars: z.int().max(5).exactOptional() }).catchall(json);
    const stars = mini.exactOptional(mini.int().check(mini.lte(5)));
    const inMini = mini.catchall(mini.object({ recipe_id: mini.string().check(mini.minLength(2)), stars }), json);
    const [full, small] = [inZod, inMini].map((payload) => ({ ...own, schema: wireEvent.extend({ payload }) }));
    const event = { event_type: "x", timestamp: "2026-01-01T10:00:00Z", unit_type: "user", unit_id: "u_1" };
    const verdicts = (type = own) =>
      [{ recipe_id: "r1", more: [1] }, { recipe_id: "r1", stars: 6 }, { recipe_id: 1 }, {}, undefined].map((payload) => {
        const sent = { ...event, ...(payload && { payload }) };
        const { success, error } = parse(type.schema, sent);
        return [success, error?.issues[0]?.path, error?.issues[0]?.message, eventWriter(type.schema)?.(sent, undefined)?.text];
      });
    expect(verdicts(full)).toEqual(verdicts(small));
    expect(
      verdicts(small)
        .slice(1)
        .map(([, path, message]) => [path, message]),
    ).toEqual([
      [["payload", "stars"], "expected at most 5"],
      [["payload", "recipe_id"], "expected a string"],
      [["payload", "recipe_id"], "expected a string"],
      [["payload"], "expected an object"],
    ]);
    expect(schemaOf(full ?? own)).toEqual(schemaOf(small ?? own));
  });

  test("one name for two of them is an error", () => {
    expect(() => createRegistry([own, { ...own, version: 2 }])).toThrow(
      'event type "recipe_saved": expected a name that is not registered',
    );
  });
});
