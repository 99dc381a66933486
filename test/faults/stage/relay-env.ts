import type { Ground } from "./ground.ts";

/** The relay's token in every scenario. */
export const RELAY_TOKEN = "a-token-for-the-tests";

/** Settings of a relay on that ground, with its state in that folder. */
export function relayEnv(ground: Ground, dataDir: string): NodeJS.ProcessEnv {
  return { RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: dataDir, LOG_LEVEL: "silent", ...ground.env };
}
