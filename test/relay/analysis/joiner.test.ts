import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventName } from "../../../relay/analysis/join-keys.ts";
import { createJoiner } from "../../../relay/analysis/joiner.ts";
import type { Envelope } from "../../../worker/src/envelope/envelope.ts";

const tenant = { tenant_id: "t1" } as Envelope["metadata"];

const exposure = (id: string, request_id: string, item_id: string, position = 1, placement?: string, unit_id = "u1") =>
  ({
    id,
    type: "rec.exposure.recorded.v1",
    event_type: "exposure",
    payload: {
      request_id,
      unit_type: "user",
      unit_id,
      surface: "home",
      items: [{ item_id, position, ...(placement === undefined ? {} : { placement }) }],
    },
    metadata: tenant,
  }) as unknown as Envelope;

const outcome = (id: string, request_id: string | undefined, item_id: string, event_type = "click", unit_id = "u1") =>
  ({
    id,
    type: "rec.outcome.recorded.v1",
    event_type,
    payload: { request_id, unit_type: "user", unit_id, surface: "home", item_id },
    metadata: tenant,
  }) as unknown as Envelope;

/** Of a project's own type; an outcome where it names a request and an item. */
const own = (id: string, request_id?: string, item_id?: string, unit_id = "u1") =>
  ({
    id,
    type: "app.event.recorded.v1",
    event_type: "recipe_saved",
    payload: { request_id, unit_type: "user", unit_id, surface: "home", item_id },
    metadata: tenant,
  }) as unknown as Envelope;

const figuresOf = (envelopes: Envelope[]) => {
  const joiner = createJoiner();
  for (const envelope of envelopes) joiner.add(envelope);
  return joiner.figures();
};

describe("createJoiner", () => {
  test("joins an outcome to the exposure of the same request and item", () => {
    expect(figuresOf([exposure("e1", "r1", "a", 2), outcome("o1", "r1", "a")])).toEqual({
      decisions: { requests: 0, items: 0, seen: 0 },
      exposures: 1,
      outcomes: { click: 1 },
      joined: 1,
      orphans: 0,
      orphans_of_other_units: 0,
      by_position: { "2": { exposures: 1, clicks: 1, repeated_clicks: 0, ctr: 1 } },
      several_units: { requests: 0, examples: [] },
      several_surfaces: { requests: 0, examples: [] },
    });
  });

  test("joins an own type that names a request and an item as it does an outcome, whichever comes first, and to its unit alone", () => {
    const late: string[] = [];
    const joiner = createJoiner({ listener: { onJoined: ({ type }, _item, isLate) => void (isLate && late.push(type)) } });
    const some = [own("o1", "r1", "a"), exposure("e1", "r1", "a"), own("o2", "r1", "a"), own("o2", "r1", "a")];
    expect([...some, own("o3", "r1", "a", "u2")].map((each) => joiner.add(each))).toEqual([
      "orphan",
      "exposure",
      "joined",
      "repeated",
      "orphan",
    ]);
    expect(late).toEqual(["recipe_saved"]);
    expect(joiner.figures()).toMatchObject({
      outcomes: { recipe_saved: 3 },
      joined: 2,
      orphans: 1,
      orphans_of_other_units: 1,
      by_position: { "1": { exposures: 1, clicks: 0, ctr: 0 } },
      several_units: { requests: 1 },
    });
  });

  test("takes an own type without a request or without an item for no outcome, and for no orphan", () => {
    const joiner = createJoiner();
    const some = [exposure("e1", "r1", "a"), own("o1", "r1"), own("o2", undefined, "a"), own("o3")];
    expect(some.map((each) => joiner.add(each))).toEqual(["exposure", "other", "other", "other"]);
    expect(joiner.figures()).toMatchObject({ outcomes: {}, joined: 0, orphans: 0 });
  });

  test("does not join an outcome of another request, another item or no request", () => {
    const figures = figuresOf([
      exposure("e1", "r1", "a"),
      outcome("o1", "r2", "a"),
      outcome("o2", "r1", "b"),
      outcome("o3", undefined, "a"),
    ]);
    expect(figures).toMatchObject({ joined: 0, orphans: 3 });
  });

  test("of one request that four units share, each has its own exposures, and the request is named", () => {
    const units = ["u1", "u2", "u3", "u4"];
    const shown = units.flatMap((unit) =>
      ["a", "b"].map((item) => exposure(`e-${unit}-${item}`, "r1", item, 1, undefined, unit)),
    );
    const clicks = units.map((unit) => outcome(`o-${unit}`, "r1", "a", "click", unit));
    expect(figuresOf([...shown, ...clicks])).toMatchObject({
      exposures: 8,
      joined: 4,
      by_position: { "1": { exposures: 8, clicks: 4, repeated_clicks: 0, ctr: 0.5 } },
      several_units: { requests: 1, examples: ["r1"] },
    });
  });

  test("does not join what another unit was shown, and says that this is why", () => {
    const figures = figuresOf([exposure("e1", "r1", "a"), outcome("o1", "r1", "a", "click", "u2"), outcome("o2", "r1", "b")]);
    expect(figures).toMatchObject({ joined: 0, orphans: 2, orphans_of_other_units: 1, several_units: { requests: 1 } });
  });

  test("names requests on several surfaces", () => {
    const elsewhere = outcome("o1", "r1", "a");
    elsewhere.payload.surface = "search";
    expect(figuresOf([exposure("e1", "r1", "a"), elsewhere])).toMatchObject({
      several_surfaces: { requests: 1, examples: ["r1"] },
      several_units: { requests: 0 },
    });
  });

  test("a rate over 100 % has its cause beside it: what was clicked more than once", () => {
    const clicks = ["o1", "o2", "o3"].map((id) => outcome(id, "r1", "a"));
    expect(figuresOf([exposure("e1", "r1", "a"), ...clicks]).by_position).toEqual({
      "1": { exposures: 1, clicks: 3, repeated_clicks: 2, ctr: 3 },
    });
  });

  test("tells of an outcome that is joined by an exposure after it", () => {
    const late: string[] = [];
    const joiner = createJoiner({ listener: { onJoined: ({ name }, _item, isLate) => void (isLate && late.push(name)) } });
    const click = outcome("o1", "r1", "a");
    expect([joiner.add(click), late]).toEqual(["orphan", []]);
    expect([joiner.add(exposure("e1", "r1", "a")), late]).toEqual(["exposure", [eventName(click)]]);
  });

  test("takes an id of a web key and the same one of a server key for two events", () => {
    const server = outcome("o1", "r1", "a");
    server.metadata = { ...tenant, key_kind: "server" };
    expect(figuresOf([exposure("e1", "r1", "a"), outcome("o1", "r1", "a"), server])).toMatchObject({
      outcomes: { click: 2 },
      joined: 2,
    });
  });

  test("does not join across tenants", () => {
    const foreign = { ...outcome("o1", "r1", "a"), metadata: { tenant_id: "t2" } as Envelope["metadata"] };
    expect(figuresOf([exposure("e1", "r1", "a"), foreign])).toMatchObject({ joined: 0, orphans: 1 });
  });

  test("counts an exposure once a placement, whatever events recorded it", () => {
    const figures = figuresOf([
      exposure("e1", "r1", "a"),
      exposure("e2", "r1", "a"),
      exposure("e3", "r1", "a", 1, "carousel"),
      exposure("e4", "r1", "a", 1, "carousel"),
    ]);
    expect(figures.exposures).toBe(2);
  });

  test("counts an exposure that its events have at several positions at the lowest, with its clicks", () => {
    const figures = figuresOf([
      exposure("e1", "r1", "a", 3),
      outcome("o1", "r1", "a"),
      exposure("e2", "r1", "a", 2),
      outcome("o2", "r1", "a"),
      exposure("e3", "r1", "a", 5),
    ]);
    expect(figures.by_position).toEqual({ "2": { exposures: 1, clicks: 2, repeated_clicks: 1, ctr: 2 } });
  });

  test("counts an exposure on each of the surfaces that its request has", () => {
    const elsewhere = exposure("e2", "r1", "a");
    elsewhere.payload.surface = "search";
    expect(figuresOf([exposure("e1", "r1", "a"), elsewhere]).exposures).toBe(2);
  });

  test("counts an outcome once an event id", () => {
    expect(figuresOf([exposure("e1", "r1", "a"), outcome("o1", "r1", "a"), outcome("o1", "r1", "a")])).toMatchObject({
      outcomes: { click: 1 },
      joined: 1,
    });
  });

  test("counts only clicks as clicks of a position", () => {
    const figures = figuresOf([exposure("e1", "r1", "a", 3), outcome("o1", "r1", "a", "purchase")]);
    expect(figures).toMatchObject({ joined: 1, by_position: { "3": { exposures: 1, clicks: 0, ctr: 0 } } });
  });

  test("counts the same in whatever order the envelopes come", () => {
    const some = [
      exposure("e1", "r1", "a", 1),
      exposure("e2", "r1", "b", 2),
      exposure("e2b", "r1", "b", 3),
      exposure("e2c", "r1", "b", 4, "hero"),
      exposure("e3", "r2", "a", 1),
      outcome("o1", "r1", "a"),
      outcome("o2", "r1", "b", "purchase"),
      outcome("o4", "r1", "b"),
      outcome("o5", "r1", "b"),
      outcome("o3", "r2", "c"),
      outcome("o1", "r1", "a"),
    ];
    const expected = figuresOf(some);
    fc.assert(
      fc.property(fc.shuffledSubarray(some, { minLength: some.length }), (shuffled) => {
        expect(figuresOf(shuffled)).toEqual(expected);
      }),
    );
  });

  test("forgets the oldest exposures beyond its limit", () => {
    const joiner = createJoiner({ maxExposures: 2 });
    for (const item of ["a", "b", "c"]) joiner.add(exposure(`e-${item}`, "r1", item));
    expect([joiner.add(outcome("o1", "r1", "a")), joiner.add(outcome("o2", "r1", "c"))]).toEqual(["orphan", "joined"]);
  });
});
