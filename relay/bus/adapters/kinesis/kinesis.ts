/**
 * The bus `kinesis`: one stream for all topics, on the AWS SDK. A record's data is the value's bytes as they came, and its partition key
 * that of the envelope; topic and headers are read from the envelope itself, and where that does not tell its topic it is put before the
 * key (docs/kinesis.md).
 *
 * Kinesis has no transactions and fences nobody: what became of a batch is looked up on the stream, record by record. A request of a
 * process that died may land after the look-up; waiting first for as long as a request may take narrows that window, and cannot close it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { CreateStreamCommand, DescribeStreamSummaryCommand } from "@aws-sdk/client-kinesis";
import { type LookupBus, PublishError, type Reader } from "../../port/bus.ts";
import type { Subscriber } from "../../port/subscriber.ts";
import type { TopicNames } from "../../port/topics.ts";
import { connectKinesis, isNoStream, type Stream } from "./client.ts";
import { findMissing } from "./lookup.ts";
import { putRecords } from "./put.ts";
import { readKinesis } from "./read.ts";
import type { KinesisOptions } from "./settings.ts";
import { subscribeKinesis } from "./subscribe.ts";

/** How far the clocks of this machine and of Kinesis may be apart, milliseconds. */
const CLOCKS_APART_MS = 60_000;
/** How long a stream may take until it is active, milliseconds. */
const ACTIVE_MS = 60_000;
const POLL_MS = 500;
/** Bytes of a record's data and key, at most, where the stream does not say otherwise. */
const RECORD_BYTES = 1024 * 1024;

/** Makes the bus; nothing is asked before `open` or `read`. */
export function createKinesisBus(options: KinesisOptions, names: TopicNames): LookupBus & Reader & Subscriber {
  const { stream: StreamName = "", requestTimeoutMs: requestMs } = options;
  // A put is tried once: the relay's policy tries again, and only what is missing.
  const writing: Stream = { client: connectKinesis(options, 1), StreamName, names };
  const reading: Stream = { client: connectKinesis(options, 8), StreamName, names };
  const madeAt = Date.now();
  /** When the last request ended of which nobody knows what became. */
  let unansweredAt = 0;
  let recordBytes = RECORD_BYTES;

  return {
    name: `kinesis (${StreamName} in ${options.region})`,
    delivery: "lookup",
    durable: true,
    orderByKey: true,
    async open() {
      const { MaxRecordSizeInKiB } = await activeStream(reading, options);
      recordBytes = MaxRecordSizeInKiB === undefined ? RECORD_BYTES : MaxRecordSizeInKiB * 1024;
    },
    async publish({ records }) {
      try {
        await putRecords(writing, records, recordBytes);
      } catch (error) {
        if (error instanceof PublishError && error.outcome === "unknown") unansweredAt = Date.now();
        throw error;
      }
    },
    async settle({ claimedAt, records }) {
      const claimed = Date.parse(claimedAt);
      // What was claimed before this bus was made may be under way in a process that just died.
      const since = claimed < madeAt ? Math.max(madeAt, unansweredAt) : unansweredAt;
      await sleep(Math.max(0, since + requestMs - Date.now()));
      const missing = await findMissing(reading, records, new Date(claimed - CLOCKS_APART_MS));
      if (missing.length === 0) return "published";
      return missing.length === records.length ? "absent" : { missing };
    },
    read: (wanted) => readKinesis(reading, wanted),
    subscribe: (wanted, sink) => subscribeKinesis(reading, options, wanted, sink),
    async close() {
      writing.client.destroy();
      reading.client.destroy();
    },
  };
}

/** The stream, once it takes records; created where the settings say so. */
async function activeStream(stream: Stream, options: KinesisOptions) {
  const deadline = Date.now() + ACTIVE_MS;
  for (let first = true; ; first = false) {
    const summary = await describe(stream);
    if (summary === undefined && first) await createStream(stream, options);
    const status = summary?.StreamStatus;
    if (summary !== undefined && (status === "ACTIVE" || status === "UPDATING")) return summary;
    if (Date.now() > deadline) throw new Error(`expected an active stream ${stream.StreamName}, it is ${status ?? "not there"}`);
    await sleep(POLL_MS);
  }
}

async function createStream({ client, StreamName }: Stream, options: KinesisOptions): Promise<void> {
  if (!options.createStream) {
    const where = `${options.region}${options.endpoint === undefined ? "" : ` at ${options.endpoint}`}`;
    throw new Error(`there is no stream ${StreamName} in ${where}: create it, or set KINESIS_CREATE_STREAM=true`);
  }
  const command = new CreateStreamCommand({ StreamName, ShardCount: options.shards });
  // Another relay may make it at the same moment.
  await client.send(command).catch((error: Error) => {
    if (error.name !== "ResourceInUseException") throw error;
  });
}

async function describe({ client, StreamName }: Stream) {
  try {
    return (await client.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary;
  } catch (error) {
    if (isNoStream(error)) return undefined;
    throw error;
  }
}
