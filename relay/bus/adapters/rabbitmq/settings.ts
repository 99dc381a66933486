/** Settings of the bus `rabbitmq`. */
import { z } from "zod";
import { count, flag, list, type Options, setting, text } from "../../../lib/settings.ts";

const isAddress = (address: string): boolean => URL.canParse(address) && /^amqps?:$/.test(new URL(address).protocol);

export const rabbitmqSettings = {
  url: setting(
    "RABBITMQ_URL",
    text
      .refine(isAddress, "expected an address such as amqp://user:password@127.0.0.1:5672, or amqps:// for TLS")
      .optional()
      .describe("address of the server, with user, password and virtual host; required for rabbitmq"),
    { secret: true },
  ),
  exchange: setting(
    "RABBITMQ_EXCHANGE",
    text
      .prefault("sightline")
      .describe("name of the topic exchange, which is made where it does not exist; the routing key is the topic"),
  ),
  topicPrefix: setting("RABBITMQ_TOPIC_PREFIX", z.string().prefault("").describe("put before every topic's name")),
  groups: setting(
    "RABBITMQ_GROUPS",
    list
      .prefault("sightline")
      .describe(
        "groups whose queues are made when the bus is opened, so that nothing is refused before somebody has subscribed; `none`: no queue is made",
      ),
  ),
  maxDeliveries: setting(
    "RABBITMQ_MAX_DELIVERIES",
    count(20, 1, 1_000_000).describe(
      "times that a message is delivered to members that end without an ack, before the server moves it to the topic's dead letters; of queues that are made",
    ),
  ),
  maxQueueBytes: setting(
    "RABBITMQ_MAX_QUEUE_BYTES",
    count(1024 ** 3, 1024).describe(
      "bytes that a queue holds, about; a full one refuses, and the topic waits; of queues that are made",
    ),
  ),
  singleActive: setting(
    "RABBITMQ_SINGLE_ACTIVE_CONSUMER",
    flag("false").describe(
      "true: one member of a group takes a topic at a time, which keeps the order of a key; of queues that are made",
    ),
  ),
  confirmTimeoutMs: setting(
    "RABBITMQ_CONFIRM_TIMEOUT_MS",
    count(10_000, 100, 600_000).describe("milliseconds that the server may take to confirm a batch"),
  ),
  maxRecordBytes: setting(
    "RABBITMQ_MAX_RECORD_BYTES",
    count(1024 * 1024, 1024, 128 * 1024 * 1024).describe(
      "bytes of value, key and headers that a record may have; the server closes the channel on one that is over its own limit",
    ),
  ),
};

/** Their values. */
export type RabbitmqOptions = Options<typeof rabbitmqSettings>;

/** What is missing. */
export function rabbitmqProblems({ url }: RabbitmqOptions): string[] {
  return url === undefined ? ["RABBITMQ_URL: expected a value, since EVENT_PUBLISHER is rabbitmq"] : [];
}
