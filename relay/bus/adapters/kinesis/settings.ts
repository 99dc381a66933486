/** Settings of the bus kinesis. */
import { z } from "zod";
import { count, flag, text } from "../../../lib/setting-kinds.ts";

export const kinesis = {
  KINESIS_STREAM: z
    .string()
    .regex(/^[a-zA-Z0-9_.-]{1,128}$/, "the name of a stream was expected")
    .optional()
    .describe("name of the stream that holds all topics; required for kinesis"),
  KINESIS_REGION: text.optional().describe("the stream's region, as eu-west-1; required for kinesis"),
  KINESIS_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("address of Kinesis, for a VPC endpoint or an emulator; unset: that of the region"),
  KINESIS_CREATE_STREAM: flag("false").describe("true: the relay makes the stream where it does not exist"),
  KINESIS_SHARDS: count(1).describe("shards of a stream that the relay makes"),
  KINESIS_REQUEST_TIMEOUT_MS: count(5_000, 100).describe(
    "milliseconds that a request may take; also how long the relay waits before it looks up what became of one",
  ),
};
