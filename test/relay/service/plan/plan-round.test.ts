import type { DecodedMessage } from "../../../../relay/service/decode/decode-delivery.ts";
import * as fc from "fast-check";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decode } from "../../../../relay/service/decode/decode.ts";
import { planRound, type Plan } from "../../../../relay/service/plan/plan-round.ts";
import { totals } from "../../../../relay/state/counters.ts";
import { openStore } from "../../../../relay/state/open-store.ts";
import type { Store } from "../../../../relay/state/store.ts";
import { type Given, envelope, pack, queued } from "../../queue.ts";

const topics = { prefix: "", dlqSuffix: ".dlq" };

describe("planRound", () => {
  let folder: string;
  let store: Store;
  let batch: number;
  let messages: number;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sightline-dedup-"));
    store = openStore(folder);
    batch = store.lastBatch();
    messages = 0;
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const taken = (lines: (Given | string)[], id = `m${++messages}`): DecodedMessage => {
    const body = pack(
      lines.map((line) => (typeof line === "string" ? line : envelope(line))),
      (lines[0] as Given).tenant_id ?? "t1",
    );
    const decoded = decode(Buffer.from(body), store.keys);
    if (!("lines" in decoded)) throw new Error(decoded.later);
    return { queue: "events", message: queued(id, body), lines: decoded.lines };
  };
  const plan = (...round: DecodedMessage[]): Plan => planRound(round, { store, topics, now: new Date("2026-01-01T11:00:00Z") });
  const round = (...all: DecodedMessage[]): Plan => {
    const made = plan(...all);
    store.claim(++batch, made.claim);
    store.settle(batch);
    return made;
  };
  const fates = (): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const { fate, n } of store.counters()) sums[fate] = (sums[fate] ?? 0) + n;
    return sums;
  };

  test("an event that was published before is a duplicate, whatever message brings it", () => {
    expect(round(taken([{ id: "event-01" }])).records).toHaveLength(1);
    expect(round(taken([{ id: "event-01" }])).records).toHaveLength(0);
    expect(fates()).toEqual({ taken: 2, delivered: 1, duplicate: 1 });
  });

  test("copies within one round are settled in their order", () => {
    const { records } = round(taken([{ id: "event-01" }, { id: "event-02" }, { id: "event-01" }]), taken([{ id: "event-02" }]));
    expect(records.map(({ headers }) => headers["event_id"])).toEqual(["event-01", "event-02"]);
    expect(fates()).toEqual({ taken: 4, delivered: 2, duplicate: 2 });
  });

  test("what was claimed and released is published again, and was taken once", () => {
    const first = taken([{ id: "event-01" }]);
    store.claim(++batch, plan(first).claim);
    expect(store.underWay()).toMatchObject([{ number: batch }]);
    store.release(batch);
    expect(round(first).records).toHaveLength(1);
    expect(fates()).toEqual({ taken: 1, delivered: 1 });
  });

  test("a claim outlives the process, and settles to what it was", () => {
    const first = taken([{ id: "event-01" }]);
    store.claim(++batch, plan(first).claim);
    store.close();
    store = openStore(folder);
    expect(store.underWay()).toMatchObject([{ number: batch }]);
    expect(store.lastBatch()).toBe(batch);
    store.settle(batch);
    expect(round(taken([{ id: "event-01" }])).records).toHaveLength(0);
    expect(fates()).toEqual({ taken: 2, delivered: 1, duplicate: 1 });
  });

  test("a message that the queue delivers again after it was settled is counted apart from copies", () => {
    const first = taken([{ id: "event-01" }, { id: "event-02" }]);
    round(first);
    expect(round(first).records).toHaveLength(0);
    expect(round(first, first).records).toHaveLength(0);
    expect(fates()).toEqual({ taken: 2, delivered: 2, redelivered: 6 });
  });

  test("what comes from a dead-letter queue is counted, once, with what was taken", () => {
    const late = { ...taken([{ id: "event-01" }, { id: "event-02" }]), queue: "sightline-events-dlq" };
    store.claim(++batch, plan(late).claim);
    store.release(batch);
    round(taken([{ id: "event-03" }]), late);
    round(late);
    expect(fates()).toEqual({ taken: 3, from_dead_letter_queue: 2, delivered: 3, redelivered: 2 });
    expect(totals(store.counters())).toMatchObject({ taken: 3, from_dead_letter_queue: 2, held: 0 });
  });

  test("the same id with another content is a conflict: dead-lettered once, however often it comes", () => {
    round(taken([{ id: "event-01" }]));
    const other = { id: "event-01", content_hash: "1".repeat(32), request_id: "another-request" };
    const { records } = round(taken([other]));
    expect(records.map(({ topic }) => topic)).toEqual(["rec.exposure.recorded.v1.dlq"]);
    expect(JSON.parse(String(records[0]?.value))).toMatchObject({
      id: "event-01",
      _dlq_metadata: { error_code: "event_id_conflict" },
    });
    expect(round(taken([other])).records).toHaveLength(0);
    expect(fates()).toEqual({ taken: 3, delivered: 1, "dead_lettered:event_id_conflict": 1, duplicate: 1 });
  });

  test("an event of a new id whose every item was published under other ids is a duplicate", () => {
    const items = [{ item_id: "a" }, { item_id: "b" }];
    round(taken([{ id: "event-01", request_id: "request-1", items: [{ item_id: "a" }] }]));
    round(taken([{ id: "event-02", request_id: "request-1", items: [{ item_id: "b" }] }]));
    expect(round(taken([{ id: "event-03", request_id: "request-1", items }])).records).toHaveLength(0);
  });

  test("an event of which some items were published is forwarded whole, flagged items_overlap", () => {
    const items = [{ item_id: "a" }, { item_id: "b" }];
    round(taken([{ id: "event-01", request_id: "request-1", items: [{ item_id: "a" }] }]));
    const { records } = round(taken([{ id: "event-02", request_id: "request-1", items }]));
    const value = JSON.parse(String(records[0]?.value));
    expect(value.metadata.flags).toEqual(["items_overlap"]);
    expect(value.payload.items).toHaveLength(2);
  });

  test("outcomes are copies by their ids alone: three purchases of one item in one millisecond are three", () => {
    const same = { event_type: "purchase", request_id: "request-1", item_id: "a" } as const;
    const { records } = round(taken(["event-01", "event-02", "event-03"].map((id) => ({ ...same, id }))));
    expect(records).toHaveLength(3);
    expect(
      round(
        taken([
          { ...same, id: "event-04" },
          { ...same, id: "event-01" },
        ]),
      ).records,
    ).toHaveLength(1);
    expect(fates()).toEqual({ taken: 5, delivered: 4, duplicate: 1 });
  });

  test.for(["exposure", "decision"] as const)(
    "of one request that several units share, each unit's %s is its own",
    (event_type) => {
      const shared = { event_type, request_id: "request-1", items: [{ item_id: "a" }] };
      const units = ["u1", "u2", "u3", "u4"].map((unit_id, index) => ({ ...shared, unit_id, id: `event-0${index}` }));
      expect(round(taken(units)).records).toHaveLength(4);
      expect(round(taken([{ ...shared, unit_id: "u3", id: "event-05" }])).records).toHaveLength(0);
    },
  );

  test("what a page sends takes nothing from a backend: neither its ids nor its items", () => {
    round(taken([{ id: "order_7_line_1", event_type: "click" }]));
    const purchase = { id: "order_7_line_1", event_type: "purchase", key_kind: "server", content_hash: "1".repeat(32) } as const;
    expect(round(taken([purchase])).records.map(({ topic }) => topic)).toEqual(["rec.outcome.recorded.v1"]);
    expect(round(taken([purchase])).records).toEqual([]);
    const decision = { event_type: "decision", request_id: "request-1" } as const;
    round(taken([{ ...decision, id: "from-a-page" }]));
    expect(round(taken([{ ...decision, id: "decision-01", key_kind: "server" }])).records).toHaveLength(1);
  });

  test("one item in two placements is two views, and at another time another view", () => {
    const event = { request_id: "request-1", items: [{ item_id: "a", placement: "top" }] };
    round(taken([{ id: "event-01", ...event }]));
    expect(round(taken([{ id: "event-02", ...event, items: [{ item_id: "a", placement: "side" }] }])).records).toHaveLength(1);
    expect(round(taken([{ id: "event-03", ...event, timestamp: "2026-01-01T10:00:01Z" }])).records).toHaveLength(1);
  });

  test("one instant is one key, however it is written", () => {
    round(taken([{ id: "event-01", request_id: "request-1", timestamp: "2026-01-01T10:00:00.5Z" }]));
    const again = { id: "event-02", request_id: "request-1", timestamp: "2026-01-01T10:00:00.500000+00:00" };
    expect(round(taken([again])).records).toHaveLength(0);
  });

  test("tenants know nothing of each other", () => {
    round(taken([{ id: "event-01", request_id: "request-1" }]));
    expect(round(taken([{ id: "event-01", request_id: "request-1", tenant_id: "t2" }])).records).toHaveLength(1);
  });

  test("copies that the collector collapsed are counted, and are not in taken", () => {
    round(taken([{ id: "event-01", copies: 3 }]));
    expect(fates()).toEqual({ taken: 1, delivered: 1, collapsed: 2 });
  });

  test("an envelope's bytes are forwarded as they came, whatever their spelling", () => {
    const odd = JSON.stringify(envelope({ id: "event-01" }))
      .replace('"id":', ' "id" :  ')
      .replace("home", "h\\u006fme");
    const { records } = round(taken([odd]));
    expect(String(records[0]?.value)).toBe(odd);
  });

  test("a bad line in the middle is dead-lettered alone", () => {
    const { records } = round(taken([{ id: "event-01" }, "{ not json", { id: "event-02" }]));
    expect(records.map(({ topic }) => topic)).toEqual([
      "rec.exposure.recorded.v1",
      "edge.event.rejected.v1.dlq",
      "rec.exposure.recorded.v1",
    ]);
    expect(JSON.parse(String(records[1]?.value))).toMatchObject({
      _dlq_original_base64: Buffer.from("{ not json").toString("base64"),
      _dlq_metadata: { error_code: "invalid_envelope", first_seen_at: "2026-01-01T10:00:02.000Z" },
    });
  });

  test("forgets what is older than the window, and nothing that is under way", () => {
    round(taken([{ id: "event-01" }]));
    store.claim(++batch, plan(taken([{ id: "event-02" }])).claim);
    store.prune(Date.now() + 1_000);
    store.settle(batch);
    expect(round(taken([{ id: "event-01" }])).records).toHaveLength(1);
    expect(round(taken([{ id: "event-02" }])).records).toHaveLength(0);
  });

  test("taken = delivered + duplicate + dead-lettered, and no id twice, over any rounds, crashes and redeliveries", () => {
    const event = fc.record({ id: fc.constantFrom("event-01", "event-02", "event-03"), content_hash: fc.constantFrom("a", "b") });
    const line = fc.oneof({ weight: 6, arbitrary: event }, { weight: 1, arbitrary: fc.constant("no envelope") });
    const step = fc.record({
      lines: fc.array(line, { minLength: 1, maxLength: 4 }),
      fate: fc.constantFrom("settled", "released", "crashed"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const own = mkdtempSync(join(tmpdir(), "sightline-dedup-"));
        let held = openStore(own);
        const onBus: string[] = [];
        try {
          let number = 0;
          for (const { lines, fate } of steps) {
            const from = taken([{ id: "first-of-all" }, ...lines]);
            for (const end of fate === "settled" ? ["settled"] : [fate, "settled"]) {
              const { records, claim } = planRound([from], { store: held, topics, now: new Date(0) });
              held.claim(++number, claim);
              if (end === "crashed") {
                held.close();
                held = openStore(own);
              }
              if (end === "settled") {
                held.settle(number);
                onBus.push(
                  ...records.filter(({ topic }) => !topic.endsWith(".dlq")).map(({ headers }) => headers["event_id"] ?? ""),
                );
              } else held.release(number);
            }
          }
          const sums = { taken: 0, settled: 0 };
          for (const { fate, n } of held.counters()) {
            if (fate === "taken") sums.taken += n;
            else if (fate !== "redelivered" && fate !== "collapsed") sums.settled += n;
          }
          expect(sums.settled).toBe(sums.taken);
          expect(new Set(onBus).size).toBe(onBus.length);
        } finally {
          held.close();
          rmSync(own, { recursive: true, force: true });
        }
      }),
      { numRuns: 40 },
    );
  });
});
