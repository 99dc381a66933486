/**
 * Consumes the queues of a group. A queue hands a message to one of those who ask and hides it from the others; it is deleted when it is
 * acknowledged, and comes again where its member died. A lane is the queue of a topic; all members have all lanes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { GetQueueAttributesCommand, type Message, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { holdInHand, type InHand } from "../../consume/in-hand.ts";
import { createTurn } from "../../consume/in-turn.ts";
import { createOutage } from "../../consume/outage.ts";
import type { Delivery, Sink, SubscribeOptions, Subscription } from "../../port/subscriber.ts";
import { beginningOf } from "./beginning.ts";
import { lenderOf } from "./lend.ts";
import { toRecord } from "./message.ts";
import type { Queues } from "./queues.ts";
import type { SqsOptions } from "./settings.ts";

/**
 * How long a request waits for messages, at most: whoever closes waits for it, since what it brings would stay hidden. And at least, since
 * one that does not wait asks some of a queue's servers alone.
 */
const [LEAST_WAIT_SECONDS, MOST_WAIT_SECONDS] = [1, 5];
/** What a request may take over its wait, milliseconds, where `pollTimeoutMs` says less. */
const LEAST_OVER_MS = 2_000;
/** Messages of a request, at most. */
const MOST_MESSAGES = 10;
/** Milliseconds between two tries after a fault, and between two looks for a queue that is not there yet. */
const REST_MS = 1_000;

/** A queue that is consumed. */
interface Lane {
  topic: string;
  url: string;
  hand: InHand;
  /** What was sent before is of no concern to the group, milliseconds since 1970. */
  since: number;
  emptySince: number;
}

/** Subscribes. Rejects where the group has no queues of its own, and while SQS cannot be had. */
export async function subscribeSqs(
  client: SQSClient,
  queues: Queues,
  options: SqsOptions,
  wanted: SubscribeOptions,
  sink: Sink,
): Promise<Subscription> {
  const { group, blockMs } = wanted;
  if (group === undefined || !options.groups.includes(group)) {
    const got = group === undefined ? "no group" : `the group ${group}`;
    throw new Error(`expected a group that SQS_GROUPS names, so that it has queues of its own, got ${got}`);
  }
  const outage = createOutage(sink);
  const inTurn = createTurn();
  const stop = new AbortController();
  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal: stop.signal }).catch(() => {});
  const lanes = new Map<string, Lane>();
  let offset = 0n;

  const openLane = async (topic: string): Promise<Lane | undefined> => {
    const url = (await queues.find(topic, group))?.url;
    if (url === undefined) return undefined;
    const since = await beginningOf(client, url, wanted.from);
    const { visibilitySeconds } = options;
    const hand = holdInHand({
      lender: lenderOf(client, url, visibilitySeconds),
      prolongMs: (visibilitySeconds * 1_000) / 3,
      // A request removes ten.
      removeEvery: Math.min(wanted.commitEvery, MOST_MESSAGES),
      removeIntervalMs: wanted.commitIntervalMs,
      onFault: outage.began,
    });
    const lane = { topic, url, hand, since, emptySince: Date.now() };
    lanes.set(topic, lane);
    return lane;
  };
  const WaitTimeSeconds = Math.min(MOST_WAIT_SECONDS, Math.max(LEAST_WAIT_SECONDS, Math.ceil(blockMs / 1_000)));
  const pollMs = Math.max(wanted.pollTimeoutMs, WaitTimeSeconds * 1_000 + LEAST_OVER_MS);
  const receive = async ({ url: QueueUrl }: Lane): Promise<Message[]> => {
    const command = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: Math.min(MOST_MESSAGES, wanted.batchSize),
      WaitTimeSeconds,
      VisibilityTimeout: options.visibilitySeconds,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["ApproximateReceiveCount", "SentTimestamp"],
    });
    return (await client.send(command, { abortSignal: AbortSignal.timeout(pollMs) })).Messages ?? [];
  };
  const deliver = ({ topic, hand, since }: Lane, message: Message): Delivery[] => {
    const {
      MessageId: id = "",
      ReceiptHandle = "",
      Attributes: { ApproximateReceiveCount: count, SentTimestamp: sent } = {},
    } = message;
    if (!hand.take(id, ReceiptHandle)) return [];
    const ack = (): void => hand.ack(id);
    if (Number(sent) >= since) return [{ record: toRecord(message, topic, offset++), lane: topic, attempt: Number(count), ack }];
    ack();
    return [];
  };
  const round = async (topic: string): Promise<void> => {
    const lane = lanes.get(topic) ?? (await openLane(topic));
    if (lane === undefined) return pause(REST_MS);
    await lane.hand.removed();
    const messages = await receive(lane);
    const deliveries = messages.flatMap((message) => deliver(lane, message));
    if (deliveries.length > 0 && !stop.signal.aborted) await inTurn(() => sink.take(deliveries));
    if (messages.length > 0) return void (lane.emptySince = Date.now());
    if (Date.now() - lane.emptySince < blockMs) return;
    lane.emptySince = Date.now();
    await inTurn(() => sink.take([]));
  };
  const consume = async (topic: string): Promise<void> => {
    while (!stop.signal.aborted) if (!(await outage.trying(() => round(topic)))) await pause(REST_MS);
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
      // A sink that has no room resolves what it was handed once that is drained.
      await sink.drain([...lanes.keys()]);
      await Promise.all(consuming);
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
