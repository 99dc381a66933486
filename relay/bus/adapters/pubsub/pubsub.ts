/** The bus `pubsub`: Google Cloud Pub/Sub. What was published cannot be read again, so a batch of unknown outcome is published again. */
import type { AtLeastOnceBus } from "../../port/bus.ts";
import type { Subscriber } from "../../port/subscriber.ts";
import { type Clients, connectPubsub } from "./client.ts";
import { publishRecords } from "./publish.ts";
import type { PubsubOptions } from "./settings.ts";
import { subscribePubsub } from "./subscribe.ts";
import { createTopic, hasTopic, topicPath } from "./topics.ts";

/** Makes the bus; nothing is asked before `open` or `subscribe`. */
export function createPubsubBus(options: PubsubOptions): AtLeastOnceBus & Subscriber {
  let connecting: Promise<Clients> | undefined;
  const connected = (): Promise<Clients> => (connecting ??= connectPubsub(options));

  return {
    name: `pubsub (${options.project})`,
    delivery: "at-least-once",
    durable: true,
    orderByKey: true,
    async open(topics) {
      const clients = await connected();
      const there = await Promise.all(topics.map((topic) => hasTopic(clients, topic)));
      const missing = topics.filter((_, index) => !there[index]);
      if (missing.length > 0 && !options.createTopics) {
        throw new Error(
          `there are no topics ${missing.join(", ")} in ${options.project}: create them, or set PUBSUB_CREATE_TOPICS=true`,
        );
      }
      const { project } = clients;
      await Promise.all(missing.map((topic) => createTopic(clients, topicPath(project, topic))));
    },
    publish: async ({ records }) => publishRecords(await connected(), options.createTopics, records),
    subscribe: async (wanted, sink) => subscribePubsub(await connected(), options, wanted, sink),
    async close() {
      await (await connecting)?.close();
    },
  };
}
