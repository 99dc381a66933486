/** Subscribes: to the queues of a group, or to one of its own that goes with it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Channel, ChannelModel } from "amqplib";
import { createInbox } from "../../consume/inbox.ts";
import { createOutage } from "../../consume/outage.ts";
import type { Sink, SubscribeOptions, Subscription } from "../../port/subscriber.ts";
import type { TopicNames } from "../../port/topics.ts";
import { connectRabbitmq, endConnection } from "./connection.ts";
import { consumeQueue } from "./consume-queue.ts";
import { attemptOf, toRecord } from "./message.ts";
import type { RabbitmqOptions } from "./settings.ts";
import { assertExchange, assertGroupQueue } from "./topology.ts";

/** Milliseconds after the first failed try to connect again, doubled after each further one. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const CLOSE_MS = 1_000;

/** Joins, on a connection of its own. Rejects where the server cannot be had. */
export async function subscribeRabbitmq(
  options: RabbitmqOptions,
  names: TopicNames,
  { topics, group, consumer, batchSize, blockMs, drainMs }: SubscribeOptions,
  sink: Sink,
): Promise<Subscription> {
  const outage = createOutage(sink);
  const inbox = createInbox({ sink, batchSize, blockMs });
  const ending = new AbortController();
  const { signal } = ending;
  let model: ChannelModel;
  let stops: (() => Promise<void>)[] = [];
  let count = 0n;

  const begin = async (): Promise<void> => {
    model = await connectRabbitmq(options, consumer);
    stops = [];
    const session = { isOver: false };
    const end = (error?: Error): void => {
      if (session.isOver) return;
      session.isOver = true;
      void endConnection(model, 0);
      if (!signal.aborted) void again(error ?? new Error("the connection to RabbitMQ is gone"));
    };
    model.once("close", end);
    try {
      for (const topic of topics) {
        const channel = await model.createChannel();
        channel.on("error", end);
        channel.once("close", () => end());
        await assertExchange(channel, options);
        const queue = await queueOf(channel, topic);
        const stop = await consumeQueue(channel, queue, {
          prefetch: batchSize,
          // To stop and begin again would leave the queue to another member.
          careful: group !== undefined && !options.singleActive,
          attemptOf,
          onCancel: () => end(new Error(`the queue of ${topic} is gone`)),
          onMessage(message, ack) {
            const attempt = attemptOf(message);
            // Once it is over the server gives the message to somebody else.
            const ackOnce = (): void => void (session.isOver || ack());
            inbox.push({ record: toRecord(message, topic, count++), lane: topic, attempt, ack: ackOnce });
          },
        });
        stops.push(stop);
      }
    } catch (error) {
      session.isOver = true;
      await endConnection(model, 0);
      throw error;
    }
  };
  const queueOf = async (channel: Channel, topic: string): Promise<string> => {
    if (group !== undefined) return assertGroupQueue(channel, topic, group, options, names);
    const { queue } = await channel.assertQueue("", { exclusive: true, autoDelete: true });
    await channel.bindQueue(queue, options.exchange, topic);
    return queue;
  };
  const again = async (lost: Error): Promise<void> => {
    outage.began(lost);
    inbox.clear();
    await sink.drain(topics);
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
      if (signal.aborted || (await outage.trying(begin))) break;
    }
    if (signal.aborted) await endConnection(model, 0);
  };

  try {
    await begin();
  } catch (error) {
    await inbox.close();
    throw error;
  }
  return {
    lanes: () => [...topics],
    lag: async () => undefined,
    async close() {
      ending.abort();
      inbox.clear();
      const drained = Promise.all([sink.drain(topics), inbox.close()]);
      await Promise.race([drained, sleep(drainMs, undefined, { ref: false })]);
      const stopped = Promise.allSettled(stops.map((stop) => stop()));
      await Promise.race([stopped, sleep(CLOSE_MS, undefined, { ref: false })]);
      await endConnection(model, CLOSE_MS);
    },
  };
}
