/**
 * Consumes the queues of a group. A queue hands a message to one of those who ask and hides it from the others; it is deleted when it is
 * acknowledged, and comes again where its member died. A lane is the queue of a topic; all members have all lanes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { GetQueueAttributesCommand, type Message, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Delivery, Sink, SubscribeOptions, Subscription } from "../../port/subscriber.ts";
import { outageOf } from "../aws/outage.ts";
import { holdInHand, type InHand } from "./in-hand.ts";
import { toRecord } from "./message.ts";
import type { Queues } from "./queues.ts";
import type { SqsOptions } from "./settings.ts";

/** How long a request waits for messages, at most: whoever closes waits for it, since what it brings would stay hidden. */
export const MOST_WAIT_SECONDS = 5;
/** Messages of a request, at most. */
const MOST_MESSAGES = 10;
/** Milliseconds between two tries after a fault, and between two looks for a queue that is not there yet. */
const REST_MS = 1_000;

/** A queue that is consumed. */
interface Lane {
  url: string;
  hand: InHand;
}

/** Subscribes. Rejects where the group has no queues of its own, and while SQS cannot be had. */
export async function subscribeSqs(
  client: SQSClient,
  queues: Queues,
  options: SqsOptions,
  wanted: SubscribeOptions,
  sink: Sink,
): Promise<Subscription> {
  const { group } = wanted;
  if (group === undefined || !options.groups.includes(group)) {
    const got = group === undefined ? "no group" : `the group ${group}`;
    throw new Error(`expected a group that SQS_GROUPS names, so that it has queues of its own, got ${got}`);
  }
  const outage = outageOf(sink);
  const stop = new AbortController();
  const lanes = new Map<string, Lane>();
  let offset = 0n;

  const openLane = async (topic: string): Promise<Lane | undefined> => {
    const url = (await queues.find(topic, group))?.url;
    if (url === undefined) return undefined;
    const { visibilitySeconds } = options;
    const rhythm = { deleteEvery: wanted.commitEvery, deleteIntervalMs: wanted.commitIntervalMs };
    const lane = { url, hand: holdInHand({ client, url, visibilitySeconds, ...rhythm, onFault: outage.begin }) };
    lanes.set(topic, lane);
    return lane;
  };
  const toDelivery = (topic: string, { hand }: Lane, message: Message): Delivery[] => {
    const { MessageId: id = "", ReceiptHandle = "", Attributes } = message;
    if (!hand.take(id, ReceiptHandle)) return [];
    const attempt = Number(Attributes?.ApproximateReceiveCount ?? 1);
    return [{ record: toRecord(message, topic, offset++), lane: topic, attempt, ack: () => hand.ack(id) }];
  };
  const round = async (topic: string): Promise<void> => {
    const lane = lanes.get(topic) ?? (await openLane(topic));
    if (lane === undefined) return void (await sleep(REST_MS, undefined, { signal: stop.signal }));
    const WaitTimeSeconds = Math.min(MOST_WAIT_SECONDS, Math.floor(wanted.blockMs / 1_000));
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: lane.url,
        MaxNumberOfMessages: Math.min(MOST_MESSAGES, wanted.batchSize),
        WaitTimeSeconds,
        VisibilityTimeout: options.visibilitySeconds,
        MessageAttributeNames: ["All"],
        MessageSystemAttributeNames: ["ApproximateReceiveCount", "SentTimestamp"],
      }),
    );
    outage.end();
    const deliveries = Messages.flatMap((message) => toDelivery(topic, lane, message));
    if (deliveries.length > 0 && !stop.signal.aborted) await sink.take(deliveries);
    const isIdle = Messages.length === 0 && WaitTimeSeconds === 0;
    if (isIdle) await sleep(wanted.blockMs, undefined, { signal: stop.signal });
  };
  const consume = async (topic: string): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await round(topic);
      } catch (error) {
        if (stop.signal.aborted) return;
        outage.begin(error as Error);
        await sleep(REST_MS, undefined, { signal: stop.signal }).catch(() => {});
      }
    }
  };

  await Promise.all(wanted.topics.map(openLane));
  const consuming = wanted.topics.map(consume);
  return {
    lanes: () => [...lanes.keys()],
    async lag() {
      const lags = [...lanes].map(async ([topic, { url }]) => [topic, await messagesOf(client, url)] as const);
      return new Map(await Promise.all(lags));
    },
    async close() {
      stop.abort();
      await Promise.all(consuming);
      await sink.drain([...lanes.keys()]);
      await Promise.all([...lanes.values()].map(({ hand }) => hand.close()));
    },
  };
}

/** Messages of a queue, hidden ones too; SQS calls it approximate. */
async function messagesOf(client: SQSClient, QueueUrl: string): Promise<number> {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    }),
  );
  return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
}
