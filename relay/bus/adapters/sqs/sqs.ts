/**
 * The bus `sqs`: a queue for each topic, or for each topic and group (SQS_GROUPS), since a queue is emptied by whoever consumes it. What
 * is in a queue cannot be read again, so a batch of unknown outcome is sent again.
 */
import { SQSClient } from "@aws-sdk/client-sqs";
import type { AtLeastOnceBus } from "../../port/bus.ts";
import type { Subscriber } from "../../port/subscriber.ts";
import { clientConfig } from "../aws/client.ts";
import { createQueues } from "./queues.ts";
import { sendRecords } from "./send.ts";
import type { SqsOptions } from "./settings.ts";
import { subscribeSqs } from "./subscribe.ts";

/** Makes the bus; nothing is asked before `open` or `subscribe`. */
export function createSqsBus(options: SqsOptions): AtLeastOnceBus & Subscriber {
  // A request is tried once: the policy tries again, and only what is missing.
  const sending = new SQSClient(clientConfig(options, 1));
  // Whoever receives says itself how long that may take.
  const receiving = new SQSClient(clientConfig({ ...options, requestTimeoutMs: 0 }, 3));
  const queues = createQueues(sending, options);

  return {
    name: `sqs (${options.region})`,
    delivery: "at-least-once",
    durable: true,
    orderByKey: options.fifo,
    async open(topics) {
      const groups = options.groups.length === 0 ? [undefined] : options.groups;
      const missing: string[] = [];
      for (const topic of topics) {
        const found = await Promise.all(groups.map((group) => queues.find(topic, group)));
        if (found.includes(undefined)) missing.push(topic);
      }
      if (missing.length === 0) return;
      throw new Error(
        `there are no queues of ${missing.join(", ")} in ${options.region}: create them, or set SQS_CREATE_QUEUES=true`,
      );
    },
    publish: ({ records }) => sendRecords(sending, queues, options, records),
    subscribe: (wanted, sink) => subscribeSqs(receiving, queues, options, wanted, sink),
    async close() {
      sending.destroy();
      receiving.destroy();
    },
  };
}
