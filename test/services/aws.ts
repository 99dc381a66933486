/** Settings of AWS's services on an emulator. */
import { vi } from "vitest";
import { createEventbridgeBus } from "../../relay/bus/adapters/eventbridge/eventbridge.ts";
import type { EventbridgeOptions } from "../../relay/bus/adapters/eventbridge/settings.ts";
import type { SqsOptions } from "../../relay/bus/adapters/sqs/settings.ts";
import { createSqsBus } from "../../relay/bus/adapters/sqs/sqs.ts";
import { readConfig } from "../../relay/service/settings/config.ts";

/** The emulator takes any. */
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: "of-the-tests", AWS_SECRET_ACCESS_KEY: "of-the-tests" };

/** Makes credentials those of this process, until vi.unstubAllEnvs. */
export function stubCredentials(): void {
  for (const [name, value] of Object.entries(CREDENTIALS)) vi.stubEnv(name, value);
}

/** Region and address, as the settings of a service are called. */
export function awsSettings(service: "SQS" | "EVENTBRIDGE", endpoint: string): Record<string, string> {
  return {
    EVENT_PUBLISHER: service.toLowerCase(),
    [`${service}_REGION`]: "eu-west-1",
    [`${service}_ENDPOINT`]: endpoint,
    [`${service}_REQUEST_TIMEOUT_MS`]: "10000",
  };
}

/** A bus of EventBridge; nothing is asked. */
export function eventbridgeBus(env: NodeJS.ProcessEnv) {
  return createEventbridgeBus(readConfig({ EVENT_PUBLISHER: "eventbridge", ...env }).bus.options as EventbridgeOptions);
}

/** A bus of SQS; nothing is asked. */
export function sqsBus(env: NodeJS.ProcessEnv) {
  return createSqsBus(readConfig({ EVENT_PUBLISHER: "sqs", ...env }).bus.options as SqsOptions);
}
