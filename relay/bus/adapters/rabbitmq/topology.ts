/**
 * Exchange and queues. Queues are quorum queues, on the disks of most of the cluster's nodes.
 *
 * The server moves a message that was delivered too often to the topic's dead letters. Its strategy `at-least-once` is quietly at-most-once
 * where the queue has no overflow of `reject-publish`, and it keeps a message for ever whose dead letters nobody has a queue for: so both
 * are set, and the queue of the dead letters is made first.
 */
import type { Channel, Options } from "amqplib";
import { dlqName, type TopicNames } from "../../port/topics.ts";
import type { RabbitmqOptions } from "./settings.ts";
import { queueName } from "./task-queue.ts";

/** Makes the exchange where it is not there. */
export async function assertExchange(channel: Channel, { exchange }: RabbitmqOptions): Promise<void> {
  await channel.assertExchange(exchange, "topic", { durable: true });
}

/** Makes a group's queue of a topic where it is not there. Rejects where it is, and is another. */
export async function assertGroupQueue(
  channel: Channel,
  topic: string,
  group: string,
  options: RabbitmqOptions,
  names: Pick<TopicNames, "dlqSuffix">,
): Promise<string> {
  const isDead = topic.endsWith(names.dlqSuffix);
  if (!isDead) await assertGroupQueue(channel, dlqName(names, topic), group, options, names);
  const queue = queueName(topic, group);
  const queueOptions: Options.AssertQueue = {
    durable: true,
    arguments: {
      "x-queue-type": "quorum",
      "x-overflow": "reject-publish",
      "x-max-length-bytes": options.maxQueueBytes,
      ...(options.singleActive ? { "x-single-active-consumer": true } : {}),
      // Dead letters have nowhere to go: they are delivered for as long as it takes.
      ...(isDead ? {} : deadLettersTo(dlqName(names, topic), options)),
    },
  };
  await channel.assertQueue(queue, queueOptions);
  await channel.bindQueue(queue, options.exchange, topic);
  return queue;
}

function deadLettersTo(topic: string, { exchange, maxDeliveries }: RabbitmqOptions): object {
  return {
    "x-dead-letter-exchange": exchange,
    "x-dead-letter-routing-key": topic,
    "x-dead-letter-strategy": "at-least-once",
    // A limit of 3 is four deliveries.
    "x-delivery-limit": maxDeliveries - 1,
  };
}
