/** Settings of the bus `eventbridge`. */
import { z } from "zod";
import { count, httpUrl, type Options, setting, text } from "../../../lib/settings.ts";

export const eventbridgeSettings = {
  bus: setting(
    "EVENTBRIDGE_BUS",
    z
      .string()
      .regex(/^[/.\-_A-Za-z0-9:]{1,256}$/, "expected the name or ARN of an event bus")
      .optional()
      .describe("name or ARN of the event bus; required for eventbridge"),
  ),
  region: setting("EVENTBRIDGE_REGION", text.optional().describe("the bus's region, as eu-west-1; required for eventbridge"), {
    aliases: ["AWS_REGION"],
  }),
  endpoint: setting(
    "EVENTBRIDGE_ENDPOINT",
    httpUrl.optional().describe("address of EventBridge, for a VPC endpoint or an emulator; unset: that of the region"),
  ),
  source: setting(
    "EVENTBRIDGE_SOURCE",
    z
      .string()
      .regex(/^(?!aws\.).{1,256}$/, "expected up to 256 characters that do not begin with aws.")
      .prefault("sightline")
      .describe("the source that rules match by"),
  ),
  topicPrefix: setting("EVENTBRIDGE_TOPIC_PREFIX", z.string().prefault("").describe("put before every topic's name")),
  requestBytes: setting(
    "EVENTBRIDGE_MAX_REQUEST_BYTES",
    count(262_144, 1_024, 1_048_576).describe(
      "bytes of the entries of one request, and so of one event, as AWS counts them; more only where your region takes more",
    ),
  ),
  requestTimeoutMs: setting(
    "EVENTBRIDGE_REQUEST_TIMEOUT_MS",
    count(5_000, 100, 600_000).describe("milliseconds that a request may take"),
  ),
};

/** Their values. */
export type EventbridgeOptions = Options<typeof eventbridgeSettings>;

/** What is missing. */
export function eventbridgeProblems({ bus, region }: EventbridgeOptions): string[] {
  const missing = Object.entries({ EVENTBRIDGE_BUS: bus, EVENTBRIDGE_REGION: region }).filter(([, value]) => value === undefined);
  return missing.map(([variable]) => `${variable}: expected a value, since EVENT_PUBLISHER is eventbridge`);
}
