/**
 * The bus `rabbitmq`: a topic exchange whose routing key is the topic, and a quorum queue for each topic and group. A record is on the bus when every
 * queue that is bound to its topic has confirmed it. Nobody can look what a queue holds, so that a batch whose outcome is unknown is
 * published again: at least once. docs/rabbitmq.md
 */
import type { AtLeastOnceBus } from "../../port/bus.ts";
import type { Subscriber } from "../../port/subscriber.ts";
import type { TopicNames } from "../../port/topics.ts";
import { refuseLarge } from "../../records/refuse-large.ts";
import { addressOf } from "./connection.ts";
import { createPublisher } from "./publisher.ts";
import type { RabbitmqOptions } from "./settings.ts";
import { subscribeRabbitmq } from "./subscribe.ts";
import { assertExchange, assertGroupQueue } from "./topology.ts";

/** Makes the bus; nothing is connected before `open` or `subscribe`. */
export function createRabbitmqBus(options: RabbitmqOptions, names: TopicNames): AtLeastOnceBus & Subscriber {
  const publisher = createPublisher(options);
  const groups = options.groups.filter((group) => group !== "none");
  return {
    name: `rabbitmq (${options.exchange} at ${addressOf(options.url)})`,
    delivery: "at-least-once",
    durable: true,
    orderByKey: true,
    async open(topics) {
      const channel = await publisher.channel();
      await assertExchange(channel, options);
      for (const topic of topics) for (const group of groups) await assertGroupQueue(channel, topic, group, options, names);
    },
    async publish({ records }) {
      refuseLarge(records, options.maxRecordBytes);
      await publisher.publish(records);
    },
    subscribe: (wanted, sink) => subscribeRabbitmq(options, names, wanted, sink),
    close: publisher.close,
  };
}
