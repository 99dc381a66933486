/** Buses by the environment that would choose them, of the types that their adapters make. */
import { createKafkaBus } from "../../relay/bus/adapters/kafka/kafka.ts";
import { createServiceBus } from "../../relay/bus/adapters/kafka/service-bus.ts";
import type { KafkaOptions } from "../../relay/bus/adapters/kafka/settings.ts";
import { createKinesisBus } from "../../relay/bus/adapters/kinesis/kinesis.ts";
import type { KinesisOptions } from "../../relay/bus/adapters/kinesis/settings.ts";
import { createRabbitmqBus } from "../../relay/bus/adapters/rabbitmq/rabbitmq.ts";
import type { RabbitmqOptions } from "../../relay/bus/adapters/rabbitmq/settings.ts";
import { createRedisBus } from "../../relay/bus/adapters/redis/redis.ts";
import type { RedisOptions } from "../../relay/bus/adapters/redis/settings.ts";
import { createRedisStreamsBus } from "../../relay/bus/adapters/redis-streams/redis-streams.ts";
import type { RedisStreamsOptions } from "../../relay/bus/adapters/redis-streams/settings.ts";
import { readConfig } from "../../relay/service/settings/config.ts";

/** What they are made as. */
export type KafkaBus = ReturnType<typeof createKafkaBus>;
export type KinesisBus = ReturnType<typeof createKinesisBus>;

/** A bus of Kafka; nothing is connected. */
export function kafkaBus(env: NodeJS.ProcessEnv) {
  const { options, place } = readConfig({ EVENT_PUBLISHER: "kafka", ...env }).bus;
  return createKafkaBus(options as KafkaOptions, place);
}

/** A bus of Kafka for one of many services; nothing is connected. */
export function kafkaServiceBus(env: NodeJS.ProcessEnv) {
  const { options, place } = readConfig({ EVENT_PUBLISHER: "kafka", ...env }).bus;
  return createServiceBus(options as KafkaOptions, place);
}

/** A bus of Kinesis; nothing is asked. */
export function kinesisBus(env: NodeJS.ProcessEnv) {
  const { options, place } = readConfig({ EVENT_PUBLISHER: "kinesis", ...env }).bus;
  return createKinesisBus(options as KinesisOptions, place.topics);
}

/** A bus of Redis' pub/sub; nothing is connected. */
export function redisBus(env: NodeJS.ProcessEnv) {
  const { options, place } = readConfig({ EVENT_PUBLISHER: "redis", ...env }).bus;
  return createRedisBus(options as RedisOptions, place.topics);
}

/** A bus of Redis' streams, of a relay; nothing is connected. Without a slot it is one of any number of services. */
export function redisStreamsBus(env: NodeJS.ProcessEnv, slot?: string) {
  const { options, place } = readConfig({ EVENT_PUBLISHER: "redis-streams", ...env }).bus;
  return createRedisStreamsBus(options as RedisStreamsOptions, { ...place, slot });
}

/** A bus of RabbitMQ; nothing is connected. */
export function rabbitmqBus(env: NodeJS.ProcessEnv) {
  const { options, place } = readConfig({ EVENT_PUBLISHER: "rabbitmq", ...env }).bus;
  return createRabbitmqBus(options as RabbitmqOptions, place.topics);
}
