/** Queues by topic and group: looked up once, and created where the settings say so. */
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { queueName } from "./queue-name.ts";
import type { SqsOptions } from "./settings.ts";

/** Bytes of a message, at most, where its queue does not say otherwise. */
const MESSAGE_BYTES = 1_048_576;
/** Of a queue that is created: how long it keeps what nobody took. The longest that there is. */
const RETENTION_SECONDS = 14 * 86_400;

/** A queue. */
export interface Queue {
  url: string;
  /** Bytes of a message, body and attributes, at most. */
  messageBytes: number;
}

/** Looks queues up. */
export interface Queues {
  /** The queue; undefined where there is none and none is to be created. */
  find(topic: string, group: string | undefined): Promise<Queue | undefined>;
  /** What was found may be gone: it is looked up again. */
  forget(topic: string, group: string | undefined): void;
}

/** Makes them. */
export function createQueues(client: SQSClient, options: SqsOptions): Queues {
  const known = new Map<string, Promise<Queue | undefined>>();
  const lookUp = async (name: string): Promise<Queue | undefined> => {
    const url = (await urlOf(client, name)) ?? (options.createQueues ? await create(client, name, options) : undefined);
    if (url === undefined) return undefined;
    const AttributeNames: QueueAttributeName[] = ["MaximumMessageSize"];
    const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames }));
    return { url, messageBytes: Number(Attributes["MaximumMessageSize"] ?? MESSAGE_BYTES) };
  };
  return {
    async find(topic, group) {
      const name = queueName(topic, group, options.fifo);
      const found = known.get(name) ?? lookUp(name);
      known.set(name, found);
      try {
        const queue = await found;
        if (queue === undefined) known.delete(name);
        return queue;
      } catch (error) {
        known.delete(name);
        throw error;
      }
    },
    forget: (topic, group) => void known.delete(queueName(topic, group, options.fifo)),
  };
}

/** Whether a queue does not exist: its name is one in the query protocol and another in JSON. */
export function isNoQueue(error: unknown): boolean {
  return error instanceof Error && /^(AWS\.SimpleQueueService\.NonExistentQueue|QueueDoesNotExist)$/.test(error.name);
}

async function urlOf(client: SQSClient, QueueName: string): Promise<string | undefined> {
  try {
    return (await client.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl;
  } catch (error) {
    if (isNoQueue(error)) return undefined;
    throw error;
  }
}

async function create(
  client: SQSClient,
  QueueName: string,
  { fifo, visibilitySeconds }: SqsOptions,
): Promise<string | undefined> {
  const Attributes = {
    MessageRetentionPeriod: String(RETENTION_SECONDS),
    VisibilityTimeout: String(visibilitySeconds),
    // A group of messages a key, and each with a throughput of its own.
    ...(fifo ? { FifoQueue: "true", DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" } : {}),
  };
  return (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl;
}
