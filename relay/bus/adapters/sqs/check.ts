/** SQS: does it respond, and are the queues of the relay's topics there? */
import { SQSClient } from "@aws-sdk/client-sqs";
import { type Finding, findings } from "../../port/finding.ts";
import { allTopics, type TopicNames } from "../../port/topics.ts";
import { clientConfig } from "../aws/client.ts";
import { createQueues } from "./queues.ts";
import type { SqsOptions } from "./settings.ts";

const { ok, fail } = findings("bus");

/** Looks; creates nothing. Rejects where SQS cannot be had. */
export async function checkSqs(options: SqsOptions, names: TopicNames): Promise<Finding[]> {
  const client = new SQSClient(clientConfig(options, 2));
  const queues = createQueues(client, { ...options, createQueues: false });
  const groups = options.groups.length === 0 ? [undefined] : options.groups;
  const wanted = allTopics(names).flatMap((topic) => groups.map((group) => ({ topic, group })));
  try {
    const found = await Promise.all(wanted.map(({ topic, group }) => queues.find(topic, group)));
    const missing = wanted.filter((_, index) => found[index] === undefined);
    const responds = ok(`SQS responds in ${options.region}`);
    if (missing.length === 0) return [responds, ok(`all ${wanted.length} queues are there`)];
    const shown = missing.map(({ topic, group }) => (group === undefined ? topic : `${topic} of ${group}`)).join(", ");
    const absent = `${missing.length} of ${wanted.length} queues are missing: ${shown}`;
    if (options.createQueues) return [responds, ok(`${absent}; the relay creates them at its start`)];
    return [responds, fail(absent, "create them, or set SQS_CREATE_QUEUES=true")];
  } finally {
    client.destroy();
  }
}
