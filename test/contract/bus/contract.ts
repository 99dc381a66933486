/** What every bus must do; each adapter runs it over a real one. One that cannot be read is heard: by a subscriber from the beginning on. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openBus, settleBatch } from "../../../relay/bus/port/settle.ts";
import type { AdapterBus } from "../../../relay/bus/port/adapter.ts";
import type { BusRecord, StoredRecord } from "../../../relay/bus/port/bus.ts";
import { hear } from "./hear.ts";

/** Makes handles on one and the same bus: each is as a process of its own that holds the same place. */
export interface BusUnderTest {
  make(): Promise<AdapterBus>;
  /** Topics that are empty at first. */
  topics: [string, string];
  /** A partition holds the records of all topics. @default false */
  sharedPartitions?: boolean;
  /** Offsets are not only of records, so that of the last records fewer may be read. @default false */
  offsetsOfMarkers?: boolean;
}

const TRACE = "0af7651916cd43dd8448eb211c80319c";

/** An envelope, since a bus may carry nothing of a record but its key and value; written as nobody would write it again. */
const record = (
  topic: string,
  key: string,
  id: string = randomUUID(),
  note = "ü",
  kind: "web" | "server" = "web",
): BusRecord => ({
  topic,
  key,
  value: Buffer.from(
    `{"id":"${id}","type":"${topic}","event_type":"exposure","spaces":  1, "é":"${note}","trace_id":"${TRACE}",` +
      `"metadata":{"partition_key":"${key}","tenant_id":"t1","key_kind":"${kind}","schema":"exposure@1"}}`,
  ),
  headers: {
    event_id: id,
    event_type: "exposure",
    "content-type": "application/json",
    traceparent: `00-${TRACE}-${TRACE.slice(16)}-00`,
    tenant_id: "t1",
    key_kind: kind,
    schema: "exposure@1",
  },
});

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
const idsOf = (records: BusRecord[]): string[] => records.map(({ headers }) => headers["event_id"] ?? "");

const placeOf = ({ topic, partition }: StoredRecord): string => `${topic}/${partition}`;
const lastOfEach = (records: StoredRecord[], count: number, place: (record: StoredRecord) => string): StoredRecord[] =>
  Object.values(Object.groupBy(records, place)).flatMap((some = []) => some.slice(-count));

/** Whether it can tell what it took. */
const canTell = ({ delivery }: AdapterBus): boolean => delivery === "transactional" || delivery === "lookup";

/** Runs the suite. */
export function busContract(name: string, setUp: () => Promise<BusUnderTest>): void {
  describe(`the bus ${name}`, () => {
    let bus: AdapterBus;
    let readNow: (only: string[]) => Promise<StoredRecord[]>;
    let stopHearing: (() => Promise<void>) | undefined;
    let make: BusUnderTest["make"];
    let topics: [string, string];
    let sharedPartitions: boolean | undefined;
    let offsetsOfMarkers: boolean | undefined;
    let next: number;
    const claimedAt = new Date().toISOString();
    const published: BusRecord[] = [];
    const publish = async (records: BusRecord[]): Promise<number> => {
      const given = records.map((one) => ({ ...one, value: Buffer.from(one.value) }));
      await bus.publish({ number: next, records: given });
      // What was published is the caller's again: the relay reads its next delivery into the same memory.
      for (const { value } of given) value.fill("x");
      published.push(...records);
      return next++;
    };
    const settle = async (number: number, records: BusRecord[]): Promise<"published" | "absent" | number> => {
      const settled = await settleBatch(bus, { number, claimedAt, records });
      if (typeof settled === "string") return settled;
      return settled.missing.length === records.length ? "absent" : settled.missing.length;
    };
    /** Reads until all is there that was published: what is durable may be shown to readers a moment later. */
    const readAll = async (only: string[] = topics): Promise<StoredRecord[]> =>
      vi.waitFor(async () => {
        const read = await readNow(only);
        expect(idsOf(read)).toEqual(expect.arrayContaining(idsOf(published.filter(({ topic }) => only.includes(topic)))));
        return read;
      }, 10_000);

    beforeAll(async () => {
      ({ make, topics, sharedPartitions, offsetsOfMarkers } = await setUp());
      bus = await make();
      next = (await openBus(bus, topics)) + 1;
      const { read } = bus;
      if (read !== undefined) readNow = (only) => Array.fromAsync(read({ topics: only }));
      else ({ readNow, stop: stopHearing } = await hear(bus, [...topics, `${topics[0]}.nothing`]));
    });
    afterAll(async () => {
      await stopHearing?.();
      await bus?.close();
    });

    test("keeps key, headers and every byte of the value", async () => {
      const sent = record(topics[0], "request-1");
      await publish([sent]);
      const found = (await readAll([topics[0]])).find(({ headers }) => headers["event_id"] === sent.headers["event_id"]);
      expect(found).toMatchObject({ topic: topics[0], key: "request-1", headers: sent.headers });
      expect(found?.value.equals(sent.value)).toBe(true);
      expect(found?.publishedAt).toBe(new Date(found?.publishedAt ?? "").toISOString());
    });

    test("reads the records of one key in the order they were published, over batches", async () => {
      const batches = Array.from({ length: 4 }, () => Array.from({ length: 25 }, () => record(topics[0], "one-key")));
      for (const batch of batches) await publish(batch);
      const read = (await readAll([topics[0]])).filter(({ key }) => key === "one-key");
      expect(idsOf(read)).toEqual(idsOf(batches.flat()));
      expect(new Set(read.map(({ partition }) => partition)).size).toBe(1);
    });

    test("takes a batch over several topics and keys whole", async () => {
      const sent = Array.from({ length: 60 }, (_, i) => record(topics[i % 2 === 0 ? 0 : 1], `key-${i}`));
      await publish(sent);
      const read = new Set(idsOf(await readAll()));
      expect(idsOf(sent).every((id) => read.has(id))).toBe(true);
    });

    test("takes a batch of several megabytes", async () => {
      const sent = Array.from({ length: 40 }, (_, i) => record(topics[1], `big-${i % 3}`, undefined, "ab".repeat(50_000)));
      await publish(sent);
      const read = (await readAll([topics[1]])).filter(({ key }) => key.startsWith("big-"));
      expect(idsOf(read).toSorted()).toEqual(idsOf(sent).toSorted());
    });

    test("settles a batch that it took as published, and one that it never saw as absent", async ({ skip }) => {
      skip(!canTell(bus), "it cannot tell");
      const sent = [record(topics[0], "k"), record(topics[1], "k")];
      expect(await settle(await publish(sent), sent)).toBe("published");
      const unseen = [record(topics[0], "k")];
      expect(await settle(next, unseen)).toBe("absent");
      await publish(unseen);
    });

    test("tells whoever opens it next the highest number that it took", async () => {
      const sent = [record(topics[0], "k")];
      const number = await publish(sent);
      const other = await make();
      try {
        expect(await openBus(other, topics)).toBe(bus.delivery === "transactional" ? number : 0);
      } finally {
        await other.close();
      }
      expect(await settle(number, sent)).toBe(bus.delivery === "at-least-once" ? "absent" : "published");
    });

    test("holds nothing twice when a batch is tried again after it was settled as absent", async ({ skip }) => {
      skip(bus.delivery === "at-most-once", "it is not tried again");
      const sent = record(topics[0], "again");
      expect(await settle(next, [sent])).toBe("absent");
      await publish([sent]);
      expect((await readAll([topics[0]])).filter(({ key }) => key === "again")).toHaveLength(1);
    });

    test("ends at what was there, and follows when asked to, until it is told to stop", async ({ skip }) => {
      const { read } = bus;
      if (read === undefined) return skip("it cannot be read");
      const before = await readAll([topics[0]]);
      const stop = new AbortController();
      const seen: StoredRecord[] = [];
      const reading = (async () => {
        for await (const found of read({ topics: [topics[0]], follow: true, signal: stop.signal })) seen.push(found);
      })();
      await vi.waitFor(() => expect(seen.length).toBe(before.length), { timeout: 20_000 });
      const late = record(topics[0], "late");
      await publish([late]);
      await vi.waitFor(() => expect(idsOf(seen)).toContain(late.headers["event_id"]), { timeout: 20_000 });
      stop.abort();
      await reading;
      expect(new Set(idsOf(seen)).size).toBe(seen.length);
    });

    test("begins at the last records of each partition when asked to, whatever other topics hold", async ({ skip }) => {
      const { read: readBus } = bus;
      if (readBus === undefined) return skip("it cannot be read");
      await publish([...times(5, () => record(topics[0], "tail")), ...times(4, () => record(topics[1], "tail"))]);
      await publish(times(7, () => record(topics[1], "tail")));
      for (const only of [[topics[0]], [topics[1]], topics]) {
        const place = sharedPartitions ? ({ partition }: StoredRecord) => String(partition) : placeOf;
        const last = idsOf(lastOfEach(await readAll(only), 2, place)).toSorted();
        const read = idsOf(await Array.fromAsync(readBus({ topics: only, from: { last: 2 } })));
        expect(read.toSorted()).toEqual(offsetsOfMarkers ? last.filter((id) => read.includes(id)) : last);
        expect(read.length).toBeGreaterThan(0);
      }
      expect(await Array.fromAsync(readBus({ topics, from: { last: 0 } }))).toEqual([]);
    });

    test("holds an event of a web key and one of a server key under the same id", async () => {
      const id = randomUUID();
      await publish([record(topics[0], "both", id, "ü", "web"), record(topics[0], "both", id, "ü", "server")]);
      const read = (await readAll([topics[0]])).filter(({ key }) => key === "both");
      expect(read.map(({ headers }) => headers["key_kind"]).toSorted()).toEqual(["server", "web"]);
    });

    test("holds no records of a topic that does not exist", async () => {
      expect(await readAll([`${topics[0]}.nothing`])).toEqual([]);
    });
  });
}
