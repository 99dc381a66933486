import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createJoiner } from "../../../relay/src/verify/joiner.ts";
import type { Envelope } from "../../../worker/src/envelope.ts";

const tenant = { tenant_id: "t1" } as Envelope["metadata"];

const exposure = (id: string, request_id: string, item_id: string, position = 1, placement?: string) =>
  ({
    id,
    type: "rec.exposure.recorded.v1",
    event_type: "exposure",
    payload: { request_id, items: [{ item_id, position, ...(placement === undefined ? {} : { placement }) }] },
    metadata: tenant,
  }) as unknown as Envelope;

const outcome = (id: string, request_id: string | undefined, item_id: string, event_type = "click") =>
  ({
    id,
    type: "rec.outcome.recorded.v1",
    event_type,
    payload: { request_id, item_id },
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
      exposures: 1,
      outcomes: { click: 1 },
      joined: 1,
      orphans: 0,
      by_position: { "2": { exposures: 1, clicks: 1, ctr: 1 } },
    });
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
      exposure("e3", "r2", "a", 1),
      outcome("o1", "r1", "a"),
      outcome("o2", "r1", "b", "purchase"),
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
