import type { Config } from "../settings/settings.ts";
import { createPullSource, type PullSource } from "./pull.ts";
import { createPushSource, type PushSource } from "./push.ts";
import { createQueueClient } from "./queue-client.ts";
import { readQueueIds } from "../settings/queue-ids.ts";
import type { SourceParts } from "./source.ts";
import { visibilityMs } from "./visibility.ts";

/** The sources of a relay. */
export interface Sources {
  /** There where RELAY_TOKEN is set: what is replayed is pushed, whatever SOURCE says. */
  push: PushSource | undefined;
  /** There where SOURCE is pull. */
  pull: PullSource | undefined;
}

/** Makes the sources that the settings ask for; none has started. */
export function createSources(config: Config, parts: SourceParts): Sources {
  const { RELAY_TOKEN: token } = config;
  return {
    push: token === undefined ? undefined : createPushSource({ ...parts, token }),
    pull: config.SOURCE === "pull" ? pullSource(config, parts) : undefined,
  };
}

function pullSource(config: Config, parts: SourceParts): PullSource {
  // The settings were checked: each of the three is there with SOURCE=pull.
  const { CLOUDFLARE_ACCOUNT_ID: accountId = "", CLOUDFLARE_API_TOKEN: token = "", CLOUDFLARE_QUEUE_IDS: ids = "" } = config;
  return createPullSource({
    ...parts,
    client: createQueueClient({ apiUrl: config.CLOUDFLARE_API_URL, accountId, token }),
    queues: readQueueIds(ids),
    visibilityMs: visibilityMs(config),
    retryDelayMaxSeconds: config.RETRY_DELAY_MAX_SECONDS,
  });
}
