/** What `npm start` reads from the environment: its own three ports, and everything that the relay reads. */
import { resolve } from "node:path";
import { ConfigError } from "../relay/lib/settings.ts";
import { readConfig, settingGroups } from "../relay/service/settings/config.ts";

/** Where a part of the stack is to listen, on 127.0.0.1. */
export interface PortWish {
  /** The part, as it is called in messages. */
  part: string;
  /** The port that the environment asks for, 0 for any free one; undefined: the usual one, or any free one where that is taken. */
  asked: number | undefined;
  usual: number;
}

/** Settings of the local stack. */
export interface StackSettings {
  shop: PortWish;
  relay: PortWish;
  collector: PortWish;
  /** Folder of everything that is kept over restarts, absolute. */
  dataDir: string;
  /** Name of the bus. */
  publisher: string;
  /** The relay's environment but for RELAY_PORT. */
  relayEnv: NodeJS.ProcessEnv;
  /** Whether the bus is one that the Parquet store can subscribe to. */
  hasStore: boolean;
  /** The environment of the Parquet store: what it writes can be queried within seconds. */
  storeEnv: NodeJS.ProcessEnv;
  /** Settings of the bus that the environment gives, under their own names or others. */
  busSettings: Record<string, string>;
}

/**
 * Reads SHOP_PORT (8080), RELAY_PORT (8081, the live view), COLLECTOR_PORT (8787), DATA_DIR (.sightline) and the relay's settings.
 * Throws a ConfigError that names every wrong one, before anything is started.
 */
export function readStackSettings(env: NodeJS.ProcessEnv, relayToken: string): StackSettings {
  const relayEnv: NodeJS.ProcessEnv = {
    LOG_LEVEL: "warn",
    ...env,
    RELAY_TOKEN: relayToken,
    RELAY_HOST: "127.0.0.1",
    LIVE_VIEW: "true",
    DATA_DIR: resolve(env["DATA_DIR"] || ".sightline"),
  };
  const problems: string[] = [];
  const port = (name: string, part: string, usual: number): PortWish => {
    const text = env[name];
    const asked = text ? Number(text) : undefined;
    if (asked !== undefined && !(Number.isInteger(asked) && asked >= 0 && asked <= 65_535)) {
      problems.push(`${name}: expected a port from 0 (any free one) to 65535, got ${JSON.stringify(text)}`);
    }
    return { part, asked, usual };
  };
  const ports = {
    shop: port("SHOP_PORT", "shop", 8080),
    relay: port("RELAY_PORT", "live view", 8081),
    collector: port("COLLECTOR_PORT", "collector", 8787),
  };
  const config = readRelay({ ...relayEnv, RELAY_PORT: "0" }, problems);
  if (!config || problems.length > 0) throw new ConfigError(problems);
  const { adapter, disabledBy, place } = config.bus;
  return {
    ...ports,
    dataDir: config.service.dataDir,
    publisher: place.publisher,
    relayEnv,
    hasStore: disabledBy === undefined && adapter.capabilities.subscribe?.plans === true,
    storeEnv: { STORE_PARQUET_BATCH_SECONDS: "3", ...relayEnv },
    busSettings: given(env),
  };
}

/** Those variables of the environment that are settings of `sightline`. */
function given(env: NodeJS.ProcessEnv): Record<string, string> {
  const settings = settingGroups().flatMap((group) => group.settings);
  const names = new Set(settings.flatMap(({ variable, aliases }) => [variable, ...aliases]));
  const entries = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]) && names.has(entry[0]));
  return Object.fromEntries(entries);
}

function readRelay(env: NodeJS.ProcessEnv, problems: string[]) {
  try {
    return readConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}
