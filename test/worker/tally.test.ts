import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchAnswer } from "../../worker/src/intake/answer.ts";
import { readFrame } from "../../worker/src/formats/frame.ts";
import { takeIn } from "../../worker/src/intake/intake.ts";
import { outcomeOf, type BatchOutcome } from "../../worker/src/intake/outcome.ts";
import { tally } from "../../worker/src/intake/tally.ts";
import { GOLDEN_RECEIVED_AT, validEvents } from "../wire/load.ts";

const facts = {
  tenantId: "t1",
  keyKind: "web",
  receivedAt: GOLDEN_RECEIVED_AT,
  traceId: "0af7651916cd43dd8448eb211c80319c",
} as const;
const golden = new Map(validEvents().map(({ name, event }) => [name, event]));
const click = { ...golden.get("click") };
const some = fc.oneof(
  fc
    .tuple(fc.constantFrom("click", "exposure", "decision", "conversion"), fc.nat(5))
    .map(([name, i]) => ({ ...golden.get(name), event_id: `event_0${i}` })),
  fc.constantFrom<unknown>(
    { ...click, event_id: "event_01", item_id: "other" },
    { ...click, item_id: "" },
    { ...click, event_type: "no" },
  ),
  fc.jsonValue(),
);

/** Batches of every kind, with queues that confirm this and not that. */
const requests = fc
  .record({
    events: fc.array(some, { minLength: 1, maxLength: 20 }),
    shedding: fc.boolean(),
    share: fc.constantFrom(1, 0.5),
    confirms: fc.infiniteStream(fc.boolean()),
  })
  .map(({ events, shedding, share, confirms }): { events: unknown[]; outcome: BatchOutcome } => {
    const intake = takeIn(readFrame({ events }), { ...facts, shedding }, { sample_rates: { click: share } });
    const next = () => confirms.next().value;
    return { events, outcome: outcomeOf(intake, { taken: intake.taken.map(next), refused: intake.refused.map(next) }) };
  });

const sum = (numbers: Iterable<number>) => [...numbers].reduce((all, n) => all + n, 0);

describe("of every request", () => {
  test("the events are those accepted, the duplicates, and those of every other code: in the counters and in the response", () => {
    fc.assert(
      fc.property(requests, ({ events, outcome }) => {
        const counts = tally(outcome);
        const { accepted, rejected, duplicates, errors } = batchAnswer(outcome, events).body;
        expect(sum(counts.map(({ count }) => count))).toBe(events.length);
        expect(accepted + duplicates + rejected).toBe(events.length);
        expect(errors).toHaveLength(rejected);
      }),
      { numRuns: 1_000 },
    );
  });

  test("the counters and the response say the same, code by code", () => {
    fc.assert(
      fc.property(requests, ({ events, outcome }) => {
        const counted = new Map<string, number>();
        for (const { code, count } of tally(outcome)) counted.set(code, (counted.get(code) ?? 0) + count);
        const { accepted, duplicates, errors } = batchAnswer(outcome, events).body;
        const answered = new Map(
          [
            ["accepted", accepted],
            ["duplicate", duplicates],
          ].filter(([, n]) => n !== 0) as [string, number][],
        );
        for (const { error } of errors) answered.set(error, (answered.get(error) ?? 0) + 1);
        expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(answered));
      }),
      { numRuns: 1_000 },
    );
  });
});
