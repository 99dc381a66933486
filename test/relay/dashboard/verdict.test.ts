import { describe, expect, test } from "vitest";
import type { OrphanGroup, SurfaceStages } from "../../../relay/dashboard/state.ts";
import { verdict, type VerdictFacts } from "../../../relay/dashboard/verdict.ts";

const facts = (given: Partial<VerdictFacts>): VerdictFacts => ({
  joined: 0,
  orphans: 0,
  exposures: 0,
  events: 1000,
  trouble: null,
  dead_lettered: 0,
  caveats: [],
  funnel: [],
  problems: { orphans: [], refused: [] },
  rates: { positions: [], variants: [] },
  ...given,
});
const orphans = (cause: OrphanGroup["cause"], n: number): OrphanGroup => ({ cause, n, words: "", examples: [] });
const surface = (given: Partial<SurfaceStages>): SurfaceStages => ({
  surface: "home",
  requested: 0,
  requested_and_seen: 0,
  seen: 0,
  basis: {},
  acted: 0,
  outcomes: 0,
  joined: 0,
  ...given,
});

describe("verdict", () => {
  test("is yes where 98 % of the outcomes that had time are joined", () => {
    const { trust, sentence } = verdict(
      facts({ joined: 98, orphans: 2, problems: { orphans: [orphans("no_request_id", 2)], refused: [] } }),
    );
    expect(trust).toBe("yes");
    expect(sentence).toBe("98 of 100 outcomes join what was seen (98.0 %). The other 2 name no request_id.");
  });

  test("is with care under that, and no under 90 %, with the main cause", () => {
    const groups = [orphans("request_unknown", 8), orphans("no_request_id", 3)];
    expect(verdict(facts({ joined: 89, orphans: 11, problems: { orphans: groups, refused: [] } }))).toMatchObject({
      trust: "no",
      sentence:
        "89 of 100 outcomes join what was seen (89.0 %). 8 of the other 11 are of a request of which no exposure has arrived.",
    });
    expect(verdict(facts({ joined: 95, orphans: 5 })).trust).toBe("with care");
  });

  test("does not count an outcome as lost whose exposure may still arrive", () => {
    const waiting = { orphans: [orphans("waiting", 10)], refused: [] };
    expect(verdict(facts({ joined: 100, orphans: 10, problems: waiting }))).toMatchObject({
      trust: "yes",
      waiting: 10,
      unjoined: 0,
      sentence: "100 of 100 outcomes join what was seen (100.0 %). 10 more still wait for their exposures.",
    });
  });

  test("is not known from few outcomes, and says so", () => {
    const { trust, sentence, interval } = verdict(facts({ joined: 3 }));
    expect(trust).toBe("not known yet");
    expect(sentence).toMatch(/too few to judge: 20 outcomes are needed/);
    expect(interval?.low).toBeCloseTo(0.4385, 3);
  });

  test("never rounds up to all", () => {
    expect(verdict(facts({ joined: 99_999, orphans: 1 })).sentence).toMatch(/\(99\.9 %\)/);
  });

  test("is not now while the relay takes nothing, and says what was before", () => {
    const { trust, sentence } = verdict(facts({ joined: 30, trouble: "nothing is taken: the bus is down" }));
    expect(trust).toBe("not now");
    expect(sentence).toBe(
      "The relay takes nothing, so what happens now is not seen yet. Of what came before, 30 of 30 outcomes join what was seen (100.0 %).",
    );
  });

  test.each([
    [
      "refused events",
      { events: 100, problems: { orphans: [], refused: [{ code: "empty_items", n: 5, examples: [] }] } },
      /5 events of 100 \(5\.0 %\) were refused, most of them by empty_items/,
    ],
    ["dead letters", { dead_lettered: 1 }, /1 event is in the dead letters and in no figure/],
    [
      "what was seen without a decision",
      { funnel: [surface({ requested: 5, requested_and_seen: 5, seen: 7 })] },
      /home: 2 seen items without a decision/,
    ],
    [
      "exposures that only clicks made",
      { funnel: [surface({ seen: 30, basis: { click: 29, viewable: 1 } })] },
      /96\.6 % of the exposures are known by their click alone/,
    ],
    [
      "a variant over 100 %",
      {
        rates: {
          positions: [],
          variants: [{ name: "e/v", exposures: 1, clicks: 3, repeated_clicks: 2, ctr: 3, interval: null }],
        },
      },
      /variant e\/v: over 100 %, since 2 of its clicks/,
    ],
  ] as const)("is with care, and says why, for %s", (_, given, reason) => {
    const { trust, reasons } = verdict(facts({ joined: 100, ...(given as Partial<VerdictFacts>) }));
    expect(trust).toBe("with care");
    expect(reasons).toEqual([expect.stringMatching(reason)]);
  });
});
