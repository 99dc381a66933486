import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Bus } from "../../../../relay/bus/port/bus.ts";
import { createLocalBus } from "../../../../relay/bus/adapters/local/local.ts";
import { deadLetterRecord } from "../../../../relay/bus/records/dead-letter-record.ts";
import type { Envelope } from "../../../../worker/src/envelope/envelope.ts";
import { envelope } from "../../queue.ts";
import { recordOf } from "../records.ts";
import { type Running, sightline, startSightline } from "../run.ts";

/** Ids of what a filter lets through, up to the event `end`, which every filter does. */
const idsUpToEnd = async (DATA_DIR: string, ...args: string[]): Promise<string[]> => {
  const follower = startSightline(["tail", "--last", "all", "--json", ...args], { DATA_DIR });
  await vi.waitFor(() => expect(follower.out()).toContain('"id":"end"'), 10_000);
  follower.stop();
  expect((await follower.ended).code).toBe(0);
  const lines = follower.out().trim().split("\n");
  return lines.map((line) => (JSON.parse(line) as Envelope).id);
};

describe("sightline tail", () => {
  let DATA_DIR: string;
  let bus: Bus;
  let running: Running | undefined;
  let next: number;

  beforeEach(async () => {
    DATA_DIR = mkdtempSync(join(tmpdir(), "sightline-tail-"));
    bus = createLocalBus({ dataDir: DATA_DIR, dlqSuffix: ".dlq" });
    next = 1;
  });
  afterEach(async () => {
    running?.stop();
    await running?.ended;
    running = undefined;
    await bus.close();
    rmSync(DATA_DIR, { recursive: true });
  });

  const publish = (...records: ReturnType<typeof recordOf>[]) => bus.publish({ number: next++, records });
  const tail = (...args: string[]) => (running = startSightline(["tail", ...args], { DATA_DIR }));
  const printed = (lines: number) =>
    vi.waitFor(() => {
      const found = running?.out().split("\n").slice(0, -1) ?? [];
      expect(found.length).toBeGreaterThanOrEqual(lines);
      return found;
    }, 10_000);

  test("shows a record that is no event by its place", async () => {
    await publish({ ...recordOf(envelope({ id: "event-01" })), value: Buffer.from("hello"), headers: {} as never });
    tail();
    expect((await printed(1))[0]).toMatch(/ {2}! unreadable: no event, partition 0, offset 1$/);
  });

  test("waits for a bus that is not there yet", async () => {
    tail("--last", "all");
    await publish(recordOf(envelope({ id: "event-01", request_id: "req-1" })));
    expect(await printed(1)).toHaveLength(1);
  });

  test("begins with as many of the last records as it is asked for", async () => {
    await publish(...["1", "2", "3"].map((n) => recordOf(envelope({ id: `event-${n}`, request_id: `req-${n}` }))));
    tail("--last", "1", "--json");
    await printed(1);
    await publish(recordOf(envelope({ id: "event-4" })));
    expect((await printed(2)).map((line) => JSON.parse(line).id)).toEqual(["event-3", "event-4"]);
  });

  test("prints only what is asked for: of one topic, tenant, type or request", async () => {
    const events = [
      envelope({ id: "e1", tenant_id: "t2", request_id: "r1" }),
      envelope({ id: "e2", request_id: "r2" }),
      envelope({ id: "e3", event_type: "click", request_id: "r2" }),
      // Comes last, and passes each filter: what is not printed by then is not printed.
      envelope({ id: "end", tenant_id: "t2", event_type: "click", request_id: "r2" }),
    ];
    await publish(...events.map((event) => recordOf(event)));
    expect(
      await Promise.all([
        idsUpToEnd(DATA_DIR, "--tenant", "t2"),
        idsUpToEnd(DATA_DIR, "--type", "click"),
        idsUpToEnd(DATA_DIR, "--request", "r2"),
      ]),
    ).toEqual([
      ["e1", "end"],
      ["e3", "end"],
      ["e2", "e3", "end"],
    ]);
    expect(await idsUpToEnd(DATA_DIR, "--topic", "rec.outcome.recorded.v1")).toEqual(["e3", "end"]);
    expect(await idsUpToEnd(DATA_DIR, "--topic", "outcome.recorded")).toEqual(["e3", "end"]);
  });

  test("with --json prints each envelope's bytes as they are on the bus", async () => {
    const record = recordOf(envelope({ id: "event-01" }));
    await publish({ ...record, value: Buffer.from('{"id":"é","big":12345678901234567890}') });
    tail("--json");
    expect(await printed(1)).toEqual(['{"id":"é","big":12345678901234567890}']);
  });

  test("says why a dead letter is one, and shows the event in it", async () => {
    const event = envelope({ id: "event-01", request_id: "req-1" });
    const metadata = {
      original_channel: event.type,
      error_type: "conflict",
      error_code: "event_id_conflict",
      error_message: "another event was published under the same event_id",
      details: {},
      failed_at: "2026-01-01T10:00:00.000Z",
      retry_count: 0,
      first_seen_at: "2026-01-01T10:00:00.000Z",
      trace_id: "",
    };
    await publish(
      deadLetterRecord(`${event.type}.dlq`, JSON.stringify(event), recordOf(event), metadata) as ReturnType<typeof recordOf>,
    );
    tail();
    expect((await printed(1))[0]).toMatch(/exposure\.recorded\.dlq +t1 +exposure +home +req-1 +a +! event_id_conflict$/);
  });

  test("an event cannot move the terminal's cursor or forge a line", async () => {
    await publish(recordOf(envelope({ id: "event-01", request_id: "r\u001B[2J\u009B1A\r\nforged\u202E" })));
    tail();
    const [line] = await printed(1);
    expect(line).toContain("r\\u001b[2J\\u009b1A\\u000d\\u000aforged\\u202e");
  });

  test("a long list of items is cut, and says how many there are more", async () => {
    const items = Array.from({ length: 12 }, (_, n) => ({ item_id: `item-${n}` }));
    await publish(recordOf(envelope({ id: "event-01", items })));
    tail();
    expect((await printed(1))[0]).toMatch(/item-0,item-1,item-2,item-3,\+8$/);
  });

  test.for([
    [["--topic", "rec.nothing.v1"], /--topic: expected one of .*rec\.exposure\.recorded\.v1\.dlq.*, got rec\.nothing\.v1/],
    [["--last", "few"], /--last: expected a number of records, or all, got few/],
  ] as const)("called with %j it says what it expected, and ends with 2", async ([args, said]) => {
    const { code, err } = await sightline(["tail", ...args], { DATA_DIR });
    expect(code).toBe(2);
    expect(err).toMatch(said);
  });
});
