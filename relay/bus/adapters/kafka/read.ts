/** Reads topics of Kafka, committed records only, to their present end or on and on. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { EachBatchPayload, IHeaders, Kafka } from "kafkajs";
import type { ReadOptions, StoredRecord } from "../../port/bus.ts";

/** The first group of a fresh cluster waits for its coordinator; whoever reads waits some four seconds, too. */
const JOINING = { retries: 6, initialRetryTime: 100, maxRetryTime: 1_000 };
/** Records that wait for the reader before fetching stops. */
const AHEAD = 2_000;

interface Span {
  topic: string;
  partition: number;
  /** First offset to read. */
  from: bigint;
  /** First offset not to read. */
  end: bigint;
}

/** The records of `options.topics`; a group of its own that commits nothing. */
export async function* readKafka(kafka: Kafka, clientId: string, options: ReadOptions): AsyncGenerator<StoredRecord> {
  const { follow = false, signal } = options;
  const spans = await findSpans(kafka, options);
  const left = new Map(spans.filter(({ from, end }) => from < end).map((span) => [name(span.topic, span.partition), span]));
  if (!follow && left.size === 0) return;
  const consumer = kafka.consumer({ groupId: `${clientId}.reader.${randomUUID()}`, maxWaitTimeInMs: 200, retry: JOINING });
  const records = new PassThrough({ objectMode: true, highWaterMark: AHEAD });
  const stop = () => records.end();
  signal?.addEventListener("abort", stop, { once: true });
  // Batches that hold only markers of transactions never reach eachBatch; kafkajs tells of them here alone.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { topic, partition, lastOffset } }) => {
    const span = left.get(name(topic, partition));
    if (span && BigInt(lastOffset) >= span.end - 1n) left.delete(name(topic, partition));
    if (!follow && left.size === 0) stop();
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => records.destroy(payload.error));
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...new Set(spans.map(({ topic }) => topic))], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: true, eachBatch: (payload) => hand(payload, records) });
    for (const { topic, partition, from } of spans) consumer.seek({ topic, partition, offset: String(from) });
    yield* records as AsyncIterable<StoredRecord>;
  } finally {
    signal?.removeEventListener("abort", stop);
    records.destroy();
    await consumer.disconnect();
  }
}

/** Hands a batch to the reader, no faster than it reads. */
async function hand({ batch, heartbeat, isRunning }: EachBatchPayload, records: PassThrough): Promise<void> {
  for (const { key, value, headers, offset, timestamp } of batch.messages) {
    if (!isRunning() || !records.writable) return;
    const record: StoredRecord = {
      topic: batch.topic,
      key: key?.toString() ?? "",
      value: value ?? Buffer.alloc(0),
      ...(value === null ? { isTombstone: true as const } : {}),
      headers: headersOf(headers ?? {}),
      partition: batch.partition,
      offset: BigInt(offset),
      publishedAt: new Date(Number(timestamp)).toISOString(),
    };
    records.write(record);
    while (records.writable && records.writableNeedDrain) {
      await Promise.race([once(records, "drain"), once(records, "close"), sleep(1_000)]);
      await heartbeat();
    }
  }
}

/** kafkajs has a list where several headers have one name, and null where one has no value. */
function headersOf(headers: IHeaders): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [header, content] of Object.entries(headers)) {
    const last = Array.isArray(content) ? content.at(-1) : content;
    if (last !== undefined && last !== null) found[header] = String(last);
  }
  return found;
}

/** What there is to read now, partition by partition. The end is the last stable offset: nothing beyond it is committed. */
async function findSpans(kafka: Kafka, { topics, from = "beginning" }: ReadOptions): Promise<Span[]> {
  const admin = kafka.admin({ retry: { retries: 2 } });
  await admin.connect();
  try {
    const there = new Set(await admin.listTopics());
    const found: Span[] = [];
    for (const topic of topics.filter((wanted) => there.has(wanted))) {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        const [first, end] = [BigInt(low), BigInt(high)];
        const last = from === "beginning" ? first : end - BigInt(from.last);
        found.push({ topic, partition, from: last > first ? last : first, end });
      }
    }
    return found;
  } finally {
    await admin.disconnect();
  }
}

function name(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}
