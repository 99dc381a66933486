/** Settings of the bus `pubsub`. */
import { z } from "zod";
import { count, flag, type Options, setting, text } from "../../../lib/settings.ts";

export const pubsubSettings = {
  project: setting("PUBSUB_PROJECT", text.optional().describe("the project of the topics; required for pubsub"), {
    aliases: ["GOOGLE_CLOUD_PROJECT"],
  }),
  endpoint: setting(
    "PUBSUB_ENDPOINT",
    text
      .optional()
      .describe("host:port of Pub/Sub, for a region or an emulator, which is asked without TLS; unset: Google's own"),
    { aliases: ["PUBSUB_EMULATOR_HOST"] },
  ),
  topicPrefix: setting("PUBSUB_TOPIC_PREFIX", z.string().prefault("").describe("put before every topic's name")),
  createTopics: setting("PUBSUB_CREATE_TOPICS", flag("true").describe("false: topics are created by somebody else")),
  ackDeadlineSeconds: setting(
    "PUBSUB_ACK_DEADLINE_SECONDS",
    count(30, 10, 600).describe(
      "seconds until a record is handed to another member when the one that has it died; while it lives they are prolonged",
    ),
  ),
  requestTimeoutMs: setting(
    "PUBSUB_REQUEST_TIMEOUT_MS",
    count(5_000, 100, 600_000).describe("milliseconds that a request may take; the library's own ten minutes of retries are off"),
  ),
};

/** Their values. */
export type PubsubOptions = Options<typeof pubsubSettings>;

/** What is missing. */
export function pubsubProblems({ project }: PubsubOptions): string[] {
  return project === undefined ? ["PUBSUB_PROJECT: expected a value, since EVENT_PUBLISHER is pubsub"] : [];
}
