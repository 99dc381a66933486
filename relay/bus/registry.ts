/** The adapters, a line each. None loads its libraries before it is chosen. */
export { localAdapter } from "./adapters/local/adapter.ts";
export { kafkaAdapter } from "./adapters/kafka/adapter.ts";
export { kinesisAdapter } from "./adapters/kinesis/adapter.ts";
export { memoryAdapter } from "./adapters/memory/adapter.ts";
export { redisAdapter } from "./adapters/redis/adapter.ts";
export { redisStreamsAdapter } from "./adapters/redis-streams/adapter.ts";
export { eventbridgeAdapter } from "./adapters/eventbridge/adapter.ts";
export { sqsAdapter } from "./adapters/sqs/adapter.ts";
export { rabbitmqAdapter } from "./adapters/rabbitmq/adapter.ts";
export { pubsubAdapter } from "./adapters/pubsub/adapter.ts";
export { mskAdapter } from "./adapters/msk/adapter.ts";
