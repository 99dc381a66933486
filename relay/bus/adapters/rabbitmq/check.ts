/** RabbitMQ: the server, the exchange, and whether somebody takes what is in the queues. */
import type { ChannelModel, Replies } from "amqplib";
import { type Finding, findings } from "../../port/finding.ts";
import { allTopics, type TopicNames } from "../../port/topics.ts";
import { addressOf, connectRabbitmq, endConnection } from "./connection.ts";
import type { RabbitmqOptions } from "./settings.ts";
import { queueName } from "./task-queue.ts";

const { ok, warn, fail } = findings("bus");

/** Where quorum queues move dead letters at least once. */
const OLDEST = [3, 10];

/** Asks the server. Rejects where it cannot be had. */
export async function checkRabbitmq(options: RabbitmqOptions, names: TopicNames): Promise<Finding[]> {
  const model = await connectRabbitmq(options, "sightline doctor");
  try {
    const groups = options.groups.filter((group) => group !== "none");
    const queues = allTopics(names).flatMap((topic) => groups.map((group) => queueName(topic, group)));
    const found = await Promise.all(queues.map((queue) => lookAt(model, queue)));
    const there = found.filter((one) => one !== undefined);
    const left = there.filter(({ messageCount, consumerCount }) => messageCount > 0 && consumerCount === 0);
    return [
      version(model.connection.serverProperties.version, addressOf(options.url)),
      groups.length > 0
        ? ok(`${there.length} of ${queues.length} queues are there; the relay makes what is missing`)
        : warn("no group's queue is made: what nobody is bound to waits in the relay's queue", "name groups in RABBITMQ_GROUPS"),
      ...left.map(({ queue, messageCount }) =>
        warn(`nobody takes ${queue}, where ${messageCount} messages wait`, "start its group, or delete the queue"),
      ),
    ];
  } finally {
    await endConnection(model, 1_000);
  }
}

/** A queue; undefined where it is not there, for which the server closes the channel. */
async function lookAt(model: ChannelModel, queue: string): Promise<Replies.AssertQueue | undefined> {
  const channel = await model.createChannel();
  channel.on("error", () => {});
  try {
    const found = await channel.checkQueue(queue);
    await channel.close();
    return found;
  } catch (error) {
    if ((error as { code?: number }).code === 404) return undefined;
    throw error;
  }
}

function version(found: string, where: string): Finding {
  const [major = 0, minor = 0] = found.split(".").map(Number);
  const isOld = major < OLDEST[0]! || (major === OLDEST[0] && minor < OLDEST[1]!);
  return isOld
    ? fail(`RabbitMQ ${found} at ${where}`, `RabbitMQ ${OLDEST.join(".")} or later is needed`)
    : ok(`RabbitMQ ${found} at ${where}`);
}
