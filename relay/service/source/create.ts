import type { Config } from "../settings/config.ts";
import { createPullSource, type PullSource } from "./pull.ts";
import { createPushSource, type PushSource } from "./push.ts";
import { createQueueClient } from "./queue-client.ts";
import { readQueueIds } from "../settings/queue-ids.ts";
import type { Hold, SourceParts } from "./source.ts";
import { visibilityMs } from "./visibility.ts";

/** The sources of a relay. */
export interface Sources {
  /** There where RELAY_TOKEN is set: what is replayed is pushed, whatever SOURCE says. */
  push: PushSource | undefined;
  /** There where SOURCE is pull. */
  pull: PullSource | undefined;
}

/** Makes the sources that the settings ask for; none has started. */
export function createSources(config: Config, { hold, ...parts }: SourceParts & { hold: Hold }): Sources {
  const { token, source } = config.service;
  return {
    push: token === undefined ? undefined : createPushSource({ ...parts, hold, token }),
    pull: source === "pull" ? pullSource(config, parts) : undefined,
  };
}

function pullSource({ bus, service, cloudflare }: Config, parts: SourceParts): PullSource {
  // The settings were checked: each of the three is there with SOURCE=pull.
  const { apiUrl, accountId = "", apiToken: token = "", queueIds = "" } = cloudflare;
  return createPullSource({
    ...parts,
    client: createQueueClient({ apiUrl, accountId, token }),
    queues: readQueueIds(queueIds),
    visibilityMs: visibilityMs(bus.policy),
    retryDelayMaxSeconds: service.retryDelayMaxSeconds,
  });
}
