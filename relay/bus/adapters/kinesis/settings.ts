/** Settings of the bus `kinesis`. */
import { z } from "zod";
import { count, flag, httpUrl, type Options, setting, text } from "../../../lib/settings.ts";

export const kinesisSettings = {
  stream: setting(
    "KINESIS_STREAM",
    z
      .string()
      .regex(/^[a-zA-Z0-9_.-]{1,128}$/, "expected the name of a stream")
      .optional()
      .describe("name of the stream that holds all topics; required for kinesis"),
  ),
  region: setting("KINESIS_REGION", text.optional().describe("the stream's region, as eu-west-1; required for kinesis"), {
    aliases: ["AWS_REGION"],
  }),
  endpoint: setting(
    "KINESIS_ENDPOINT",
    httpUrl.optional().describe("address of Kinesis, for a VPC endpoint or an emulator; unset: that of the region"),
  ),
  topicPrefix: setting("KINESIS_TOPIC_PREFIX", z.string().prefault("").describe("put before every topic's name")),
  createStream: setting(
    "KINESIS_CREATE_STREAM",
    flag("false").describe("true: the relay creates the stream where it does not exist"),
  ),
  shards: setting("KINESIS_SHARDS", count(1).describe("shards of a stream that the relay creates")),
  requestTimeoutMs: setting(
    "KINESIS_REQUEST_TIMEOUT_MS",
    count(5_000, 100, 600_000).describe(
      "milliseconds that a request may take; also how long the relay waits before it looks up what became of one",
    ),
  ),
  checkpointTable: setting(
    "KINESIS_CHECKPOINT_TABLE",
    z
      .string()
      .regex(/^[a-zA-Z0-9_.-]{3,255}$/, "expected the name of a table")
      .prefault("sightline-checkpoints")
      .describe("table of DynamoDB in which groups of subscribers keep how far they are; created where it does not exist"),
  ),
  checkpointEndpoint: setting(
    "KINESIS_CHECKPOINT_ENDPOINT",
    httpUrl.optional().describe("address of DynamoDB, for a VPC endpoint or an emulator; unset: that of the region"),
  ),
  leaseSeconds: setting(
    "KINESIS_LEASE_SECONDS",
    count(10, 1, 3_600).describe("seconds after which the shards of a subscriber that died go to others"),
  ),
};

/** Their values. */
export type KinesisOptions = Options<typeof kinesisSettings>;

/** What is missing. */
export function kinesisProblems({ stream, region }: KinesisOptions): string[] {
  const missing = Object.entries({ KINESIS_STREAM: stream, KINESIS_REGION: region }).filter(([, value]) => value === undefined);
  return missing.map(([variable]) => `${variable}: expected a value, since EVENT_PUBLISHER is kinesis`);
}
