/** Reading a stream, and opening one, where things are not as they were: expired, busy, split, or not there. */
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from "vitest";
import type { BusRecord, StoredRecord } from "../../../relay/bus/port/bus.ts";
import { pass, type PutEntry, refusal } from "../../services/kinesis-proxy.ts";
import { kinesisBehindProxy, split } from "../../services/kinesis-stream.ts";

const moto = inject("moto");
const topic = "rec.exposure.recorded.v1";

const record = (n: number): BusRecord => {
  const value = { id: `event-${n}`, type: topic, metadata: { partition_key: `key-${n}` } };
  return { topic, key: `key-${n}`, value: Buffer.from(JSON.stringify(value)), headers: {} };
};
const many = (count: number, from = 0): BusRecord[] => Array.from({ length: count }, (_, n) => record(from + n));
const keys = (records: readonly BusRecord[]): string[] => records.map(({ key }) => key).toSorted();

/** The emulator has one thread for all that ask it. */
const PATIENT = { KINESIS_REQUEST_TIMEOUT_MS: "5000" };

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

  test("reading goes on where it was after an iterator expired and a shard was too busy", async () => {
    const bus = await kinesis.opened({ ...PATIENT, KINESIS_SHARDS: "1" });
    const sent = many(2_500);
    await bus.publish({ number: 1, records: sent });
    const faults = [undefined, "ExpiredIteratorException", "ProvisionedThroughputExceededException"];
    kinesis.proxy.play = async (call) => {
      const fault = call.operation === "GetRecords" ? faults.shift() : undefined;
      return fault === undefined ? call.forward() : refusal(fault);
    };
    expect(keys(await Array.fromAsync(bus.read({ topics: [topic] })))).toEqual(keys(sent));
    expect(faults).toEqual([]);
  });

  test("a shard that was split is read to its end before those that were made from it", async () => {
    const bus = await kinesis.opened(PATIENT);
    await bus.publish({ number: 1, records: many(5_000) });
    kinesis.proxy.play = split(() => true);
    const read = await Array.fromAsync(bus.read({ topics: [topic] }));
    expect(keys(read)).toEqual(keys(many(5_000)));
    // More than a page of each shard, so that readers of both would take turns.
    const partitions = read.map(({ partition }) => partition);
    expect(partitions).toEqual(partitions.toSorted((a, b) => a - b));
    expect(new Set(partitions).size).toBe(2);
  });

  test("a reader that follows goes on with the shards that were made from one that ended", async () => {
    const bus = await kinesis.opened(PATIENT);
    await bus.publish({ number: 1, records: many(40) });
    let isSplit = false;
    kinesis.proxy.play = split(() => isSplit);
    const stop = new AbortController();
    const seen: StoredRecord[] = [];
    const reading = (async () => {
      for await (const found of bus.read({ topics: [topic], follow: true, signal: stop.signal })) seen.push(found);
    })();
    await vi.waitFor(() => expect(new Set(seen.map(({ partition }) => partition))).toEqual(new Set([0])), 10_000);
    isSplit = true;
    await vi.waitFor(() => expect(keys(seen)).toEqual(keys(many(40))), 10_000);
    stop.abort();
    await reading;
    expect(new Set(seen.map(({ partition }) => partition))).toEqual(new Set([0, 1]));
  });

  test("what others wrote to the stream is passed over", async () => {
    const bus = await kinesis.opened(PATIENT);
    const foreign = ["no JSON", "[1]", "null", '{"type":1}', '{"_dlq_metadata":{}}'].map((text) => ({
      ...record(1),
      value: Buffer.from(text),
    }));
    kinesis.proxy.play = async (call) => {
      const entries = (call.body["Records"] ?? []) as PutEntry[];
      const Records = entries.map((entry, n) => ({ ...entry, PartitionKey: n === 0 ? "|no end" : "of-another-writer" }));
      return call.operation === "PutRecords" ? call.forward({ ...call.body, Records }) : call.forward();
    };
    await bus.publish({ number: 1, records: foreign });
    kinesis.proxy.play = pass;
    await bus.publish({ number: 2, records: [record(2)] });
    expect(keys(await Array.fromAsync(bus.read({ topics: [topic] })))).toEqual(["key-2"]);
  });

  test("a stream that does not exist holds no records, is waited for by whoever follows, and is an error to open", async () => {
    const KINESIS_STREAM = "of-the-reader";
    const bus = kinesis.make({ KINESIS_STREAM, KINESIS_CREATE_STREAM: "false" });
    expect(await Array.fromAsync(bus.read({ topics: [topic] }))).toEqual([]);
    await expect(bus.open([])).rejects.toThrow(/no stream of-the-reader in eu-west-1 .*KINESIS_CREATE_STREAM=true/);
    await expect(bus.publish({ number: 1, records: [record(1)] })).rejects.toMatchObject({ outcome: "absent" });
    const following = bus.read({ topics: [topic], follow: true })[Symbol.asyncIterator]();
    const first = following.next();
    const writer = await kinesis.opened({ KINESIS_STREAM });
    await writer.publish({ number: 1, records: [record(1)] });
    expect((await first).value).toMatchObject({ key: "key-1" });
    await following.return?.();
  });

  test("an address where nobody listens is an error that is sure to have left nothing", async () => {
    const bus = kinesis.make({ KINESIS_ENDPOINT: "http://127.0.0.1:1" });
    await expect(bus.open([])).rejects.toThrow(/127\.0\.0\.1:1/);
    await expect(bus.publish({ number: 1, records: [record(1)] })).rejects.toMatchObject({
      outcome: "absent",
      missing: [record(1)],
    });
  });
});
