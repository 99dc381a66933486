/** The limits of a batch of version 2, whose events come in several parts. */
import { WIRE_LIMITS } from "@sightline/client/wire";
import { describe, expect, test } from "vitest";
import { readFrame } from "../../worker/src/formats/frame.ts";
import { validEvents } from "../wire/load.ts";
import { inProcessCollector } from "./in-process-collector.ts";

const click = { ...validEvents().find(({ name }) => name === "click")?.event };
const clicks = (count: number, over: object = {}) =>
  Array.from({ length: count }, (_, i) => ({ ...click, event_id: `event_${i}_`, ...over }));
const refusalOf = async (body: object) => {
  const { status, answer } = await inProcessCollector().post(body);
  const { code, details } = (answer as { error: { code: string; details: object } }).error;
  return { status, code, details };
};

/** Parts of at most so many events each. */
const cut = (list: object[], most: number, head: object = {}) =>
  Array.from({ length: Math.ceil(list.length / most) }, (_, i) => ({ ...head, events: list.slice(i * most, (i + 1) * most) }));

describe("the limits of a batch", () => {
  test.for([1, 7, 500])("hold for all of its parts together: 500 events, in parts of %i", async (most) => {
    const parts = cut(clicks(WIRE_LIMITS.events), most);
    expect((await inProcessCollector().post({ v: 2, parts })).answer).toMatchObject({ accepted: WIRE_LIMITS.events });
    const more = [...parts, { events: [{ ...click, event_id: "event_more" }] }];
    const details = { events: WIRE_LIMITS.events + 1, limit: WIRE_LIMITS.events };
    expect(await refusalOf({ v: 2, parts: more })).toEqual({ status: 413, code: "too_many_events", details });
  });

  test("are the key's where those are lower", () => {
    const parts = cut(clicks(4), 2);
    expect(() => readFrame({ v: 2, parts }, 3)).toThrow(expect.objectContaining({ details: { events: 4, limit: 3 } }));
  });

  test("hold for the bytes of all of its parts, the common of each merged into its events", async () => {
    const common = { context: { note: "x".repeat(4000) } };
    const list = clicks(300, { context: { page: "1" } });
    const details = { events: 300, limit_bytes_merged: WIRE_LIMITS.bodyBytes };
    expect(await refusalOf({ v: 2, parts: cut(list, 150, { common }) })).toEqual({
      status: 413,
      code: "body_too_large",
      details,
    });
    expect((await inProcessCollector().post({ v: 2, parts: cut(list.slice(150), 75, { common }) })).status).toBe(202);
  });

  test.for([
    ["parts that are none", "0", "too_many_events"],
    ["parts without events", '{"events":[]}', "empty_batch"],
  ] as const)("refuse %s without a look at each", { timeout: 3_000 }, async ([, part, code]) => {
    const count = Math.floor(1_000_000 / (part.length + 1));
    const text = `{"v":2,"parts":[${Array(count).fill(part).join()}]}`;
    const { answer } = await inProcessCollector().post(text);
    expect(answer).toMatchObject({ error: { code } });
  });
});
