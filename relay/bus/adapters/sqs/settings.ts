/** Settings of the bus `sqs`. */
import { z } from "zod";
import { count, flag, httpUrl, list, type Options, setting, text } from "../../../lib/settings.ts";

export const sqsSettings = {
  region: setting("SQS_REGION", text.optional().describe("the queues' region, as eu-west-1; required for sqs"), {
    aliases: ["AWS_REGION"],
  }),
  endpoint: setting(
    "SQS_ENDPOINT",
    httpUrl.optional().describe("address of SQS, for a VPC endpoint or an emulator; unset: that of the region"),
  ),
  topicPrefix: setting("SQS_TOPIC_PREFIX", z.string().prefault("").describe("put before every topic's name")),
  groups: setting(
    "SQS_GROUPS",
    list.describe(
      "groups that consume, separated by commas: each has a queue of its own for each topic, and every record is sent to each; unset: one queue a topic, for consumers that are not ours",
    ),
  ),
  fifo: setting(
    "SQS_FIFO",
    flag("false").describe("true: FIFO queues, which keep the order of a key, and the same event once within five minutes"),
  ),
  createQueues: setting("SQS_CREATE_QUEUES", flag("true").describe("false: queues are created by somebody else")),
  visibilitySeconds: setting(
    "SQS_VISIBILITY_SECONDS",
    count(30, 3, 43_200).describe(
      "seconds until a record is handed to another member when the one that has it died; while it lives they are prolonged",
    ),
  ),
  requestTimeoutMs: setting(
    "SQS_REQUEST_TIMEOUT_MS",
    count(5_000, 100, 600_000).describe("milliseconds that a request may take, besides the wait for records"),
  ),
};

/** Their values. */
export type SqsOptions = Options<typeof sqsSettings>;

/** What is missing. */
export function sqsProblems({ region }: SqsOptions): string[] {
  return region === undefined ? ["SQS_REGION: expected a value, since EVENT_PUBLISHER is sqs"] : [];
}
