/** Sends records to their queues. */
import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from "@aws-sdk/client-sqs";
import { type BusRecord, PublishError, type Refusal } from "../../port/bus.ts";
import type { Entry } from "../aws/lanes.ts";
import { putInOrder } from "../aws/put.ts";
import { toMessage } from "./message.ts";
import { isNoQueue, type Queue, type Queues } from "./queues.ts";
import type { SqsOptions } from "./settings.ts";

/** Of a request. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const MOST = { entries: 10, bytes: 1_048_576 };
/** Requests under way at a time, to one queue. */
const AT_ONCE = 4;
/** What SQS says of a message that it will never take; anything else is tried again. `SenderFault` is also of keys and rights. */
const FINAL = /^(InvalidMessageContents|InvalidParameterValue|MessageTooLong|InvalidAttributeValue)$/;

/**
 * Sends each record to the queue of its topic, and of each group. Rejects with a {@link PublishError} of what any queue lacks, of which
 * others may then get copies.
 */
export async function sendRecords(client: SQSClient, queues: Queues, options: SqsOptions, records: BusRecord[]): Promise<void> {
  const groups = options.groups.length === 0 ? [undefined] : options.groups;
  const sends = [...Map.groupBy(records, ({ topic }) => topic)].flatMap(([topic, own]) =>
    groups.map(async (group) => {
      const queue = await findQueue(queues, topic, group, own);
      await sendToQueue(client, queue, options.fifo, own).catch((error: unknown) => {
        if (isNoQueue((error as Error).cause)) queues.forget(topic, group);
        throw error;
      });
    }),
  );
  const failures = (await Promise.allSettled(sends)).flatMap((sent) =>
    sent.status === "rejected" ? [sent.reason as PublishError] : [],
  );
  if (failures.length > 0) throw merge(failures, records);
}

async function findQueue(queues: Queues, topic: string, group: string | undefined, records: BusRecord[]): Promise<Queue> {
  let refusal: Refusal;
  try {
    const queue = await queues.find(topic, group);
    if (queue !== undefined) return queue;
    refusal = { code: "topic_unavailable", message: `the topic ${topic} has no queue: create it, or set SQS_CREATE_QUEUES=true` };
  } catch (error) {
    const { message } = error as Error;
    if ("$metadata" in (error as Error) || "code" in (error as Error))
      throw new PublishError("absent", message, { cause: error, missing: records });
    refusal = { code: "topic_unavailable", message };
  }
  const refused = new Map(records.map((record) => [record, refusal]));
  throw new PublishError("absent", refusal.message, { refused, missing: records });
}

async function sendToQueue(client: SQSClient, { url: QueueUrl, messageBytes }: Queue, fifo: boolean, records: BusRecord[]) {
  const entries = records.map((record, index): Entry<Omit<SendMessageBatchRequestEntry, "Id">> => {
    return { record, ...toMessage(record, fifo), lane: fifo ? record.key : String(index) };
  });
  const service = {
    most: MOST,
    entryBytes: messageBytes,
    counted: "value, key and headers",
    atOnce: AT_ONCE,
    tellsMissing: true,
    async send(some: typeof entries) {
      const Entries = some.map(({ put }, index) => ({ Id: String(index), ...put }));
      const { Successful = [], Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      const taken = new Set(Successful.map(({ Id }) => Id));
      const failed = new Map(Failed.map((failure) => [failure.Id, failure]));
      return Entries.map(({ Id }) => {
        if (taken.has(Id)) return undefined;
        const failure = failed.get(Id);
        if (failure === undefined) throw new Error("expected a response for each message");
        return { reason: `${failure.Code}: ${failure.Message ?? ""}`, isFinal: FINAL.test(failure.Code ?? "") };
      });
    },
  };
  await putInOrder(service, entries);
}

/** One failure of several queues: what any of them lacks is missing. */
function merge(failures: PublishError[], records: BusRecord[]): PublishError {
  const [first] = failures;
  const outcome = failures.some((failure) => failure.outcome === "unknown") ? "unknown" : "absent";
  const refused = new Map(failures.flatMap((failure) => [...(failure.refused ?? [])]));
  const lacking = new Set(failures.flatMap((failure) => failure.missing ?? []));
  const topics = [...new Set([...lacking].map(({ topic }) => topic))];
  const isBus = topics.length === new Set(records.map(({ topic }) => topic)).size;
  return new PublishError(outcome, first!.message, {
    cause: first!,
    missing: records.filter((record) => lacking.has(record)),
    topics: isBus ? undefined : topics,
    ...(refused.size > 0 ? { refused } : {}),
  });
}
