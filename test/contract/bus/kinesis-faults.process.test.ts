import type { KinesisBus } from "../../services/bus-of.ts";
/** The bus kinesis where Kinesis refuses or is silent: played by a proxy in front of the emulator. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import type { BusRecord, PublishError, StoredRecord } from "../../../relay/bus/port/bus.ts";
import { pass, type Play, type PutEntry, refusal, refuseSome } from "../../services/kinesis-proxy.ts";
import { kinesisBehindProxy } from "../../services/kinesis-stream.ts";

const moto = inject("moto");
const TOPICS = ["rec.exposure.recorded.v1", "rec.outcome.recorded.v1"] as const;

const record = (key: string, n: number, topic: string = TOPICS[n % 2 === 0 ? 0 : 1]): BusRecord => {
  const value = { id: `event-${n}`, type: topic, metadata: { partition_key: key } };
  return { topic, key, value: Buffer.from(JSON.stringify(value)), headers: {} };
};
const many = (count: number, keys: number): BusRecord[] => Array.from({ length: count }, (_, n) => record(`key-${n % keys}`, n));
const values = (records: readonly BusRecord[]): string[] => records.map(({ value }) => value.toString());
const lanes = (records: BusRecord[]): Record<string, string[]> =>
  Object.fromEntries([...Map.groupBy(records, ({ topic, key }) => `${topic} ${key}`)].map(([lane, all]) => [lane, values(all)]));

const readAll = async (bus: KinesisBus): Promise<StoredRecord[]> => Array.fromAsync(bus.read({ topics: [...TOPICS] }));
/** Plays on the nth PutRecords, and lets everything else through. */
const onPut = (nth: number, play: Play): Play => {
  let puts = 0;
  return (call) => (call.operation === "PutRecords" && ++puts === nth ? play(call) : call.forward());
};

describe.skipIf("missing" in moto)(`on ${"missing" in moto ? moto.missing : "moto, an emulator"}`, { timeout: 60_000 }, () => {
  let kinesis: Awaited<ReturnType<typeof kinesisBehindProxy>>;
  beforeAll(async () => {
    if ("url" in moto) kinesis = await kinesisBehindProxy(moto);
  });
  afterEach(() => {
    kinesis.proxy.play = pass;
  });
  afterAll(async () => {
    await kinesis?.stop();
  });

  test("with every tenth record refused once, each event is there once, in order of its key", async () => {
    const bus = await kinesis.opened();
    const refused = new Set<string>();
    let seen = 0;
    const isRefused = ({ Data }: PutEntry): boolean =>
      ++seen % 10 === 0 && !refused.has(Data) && refused.size < refused.add(Data).size;
    kinesis.proxy.play = (call) => (call.operation === "PutRecords" ? refuseSome(call, isRefused) : call.forward());
    const sent = many(1_000, 60);
    await bus.publish({ number: 1, records: sent });
    expect(refused.size).toBeGreaterThanOrEqual(90);
    expect(lanes(await readAll(bus))).toEqual(lanes(sent));
  });

  test("what it refuses again and again is told as missing, with all that comes after it in its key, and nothing else", async () => {
    const bus = await kinesis.opened();
    kinesis.proxy.play = (call) =>
      call.operation === "PutRecords" ? refuseSome(call, ({ PartitionKey }) => PartitionKey === "key-3") : call.forward();
    const sent = many(200, 20);
    const error = await bus.publish({ number: 1, records: sent }).catch((thrown: unknown) => thrown as PublishError);
    const missing = sent.filter(({ key }) => key === "key-3");
    expect(error).toMatchObject({ name: "PublishError", outcome: "absent", message: expect.stringContaining("Rate exceeded") });
    expect(values(error?.missing ?? [])).toEqual(values(missing));
    kinesis.proxy.play = pass;
    await bus.publish({ number: 1, records: error?.missing ?? [] });
    expect(lanes(await readAll(bus))).toEqual(lanes(sent));
  });

  test("a batch whose last response was lost is found whole", async () => {
    const bus = await kinesis.opened();
    kinesis.proxy.play = onPut(2, async (call) => {
      await call.forward();
      return "cut";
    });
    const records = many(20, 5);
    const claimedAt = new Date().toISOString();
    await expect(bus.publish({ number: 1, records })).rejects.toMatchObject({ name: "PublishError", outcome: "unknown" });
    expect(await bus.settle({ number: 1, claimedAt, records })).toBe("published");
    expect(lanes(await readAll(bus))).toEqual(lanes(records));
  });

  test.for(["cut", refusal("InternalFailure", 500)] as const)(
    "of a batch that broke off in the middle (%o), what is missing is found, and published it is there once",
    async (answer) => {
      const bus = await kinesis.opened();
      kinesis.proxy.play = onPut(3, async () => answer);
      const records = many(40, 5);
      const claimedAt = new Date().toISOString();
      await expect(bus.publish({ number: 1, records })).rejects.toMatchObject({ name: "PublishError", outcome: "unknown" });
      const settled = await bus.settle({ number: 1, claimedAt, records });
      // Two requests were taken, each with one record of each of the ten pairs of topic and key.
      expect(settled).toEqual({ missing: records.slice(20) });
      await bus.publish({ number: 1, records: records.slice(20) });
      expect(lanes(await readAll(bus))).toEqual(lanes(records));
    },
  );

  test("a request that lands after it was given up, but before the look-up, is found", async () => {
    const bus = await kinesis.opened({ KINESIS_REQUEST_TIMEOUT_MS: "2000" });
    kinesis.proxy.play = onPut(1, async ({ forward }) => {
      // A slow network: longer than the request may take, and not as long as the look-up waits.
      await sleep(3_000);
      await forward();
      return "cut";
    });
    const records = many(10, 5);
    const claimedAt = new Date().toISOString();
    await expect(bus.publish({ number: 1, records })).rejects.toMatchObject({ outcome: "unknown" });
    expect(await bus.settle({ number: 1, claimedAt, records })).toBe("published");
    expect(await readAll(bus)).toHaveLength(10);
  });

  test("what a process that died had under way is looked up by the next one, record by record, the same one twice included", async () => {
    const KINESIS_STREAM = randomUUID();
    const dead = await kinesis.opened({ KINESIS_STREAM });
    const claimedAt = new Date().toISOString();
    const records = [...many(6, 2), ...many(2, 2)];
    await dead.publish({ number: 1, records: records.slice(0, 6) });
    const next = await kinesis.opened({ KINESIS_STREAM });
    expect(await next.settle({ number: 1, claimedAt, records })).toEqual({ missing: records.slice(6) });
  });

  test("a record that is too large is refused by name before anything of its batch is published", async () => {
    const bus = await kinesis.opened();
    const key = `|${TOPICS[1]}|k`;
    const large = { ...record("k", 1), value: Buffer.alloc(1024 * 1024 - key.length + 1, 97) };
    const error = await bus
      .publish({ number: 1, records: [record("k", 0), large] })
      .catch((thrown: unknown) => thrown as PublishError);
    expect(error).toMatchObject({ name: "PublishError", outcome: "absent" });
    const message = "expected at most 1048576 bytes of value and key, got 1048577";
    expect([...(error?.refused ?? [])]).toEqual([[large, { code: "record_too_large", message }]]);
    expect(await readAll(bus)).toEqual([]);
    await bus.publish({ number: 1, records: [{ ...large, value: large.value.subarray(1) }] });
  });

  test("a key that is longer than Kinesis takes stays whole for readers, and its records together", async () => {
    const bus = await kinesis.opened();
    const keys = ["é".repeat(300), `${"é".repeat(300)}!`];
    await bus.publish({ number: 1, records: keys.flatMap((key) => [record(key, 0), record(key, 2), record(key, 4)]) });
    const read = await readAll(bus);
    for (const key of keys) {
      const own = read.filter((found) => found.key === key);
      expect(values(own)).toEqual(values([record(key, 0), record(key, 2), record(key, 4)]));
      expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
    }
  });
});
