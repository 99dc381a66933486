/** Where the group of a queue begins. */
import { ListQueueTagsCommand, type SQSClient, TagQueueCommand } from "@aws-sdk/client-sqs";
import type { SubscribeOptions } from "../../port/subscriber.ts";

/** The tag of a queue that its group has begun to consume: from which moment on, milliseconds since 1970. */
const TAG = "sightline-from";

/**
 * Since when what was sent concerns the group of a queue, milliseconds since 1970. The first member decides, and writes it down: SQS keeps
 * nothing of a group, and what waits in its queue may have been sent before there was one.
 */
export async function beginningOf(client: SQSClient, QueueUrl: string, from: SubscribeOptions["from"]): Promise<number> {
  const { Tags = {} } = await client.send(new ListQueueTagsCommand({ QueueUrl }));
  if (Tags[TAG] !== undefined) return Number(Tags[TAG]);
  const since = from === "earliest" ? 0 : Date.now();
  await client.send(new TagQueueCommand({ QueueUrl, Tags: { [TAG]: String(since) } }));
  return since;
}
