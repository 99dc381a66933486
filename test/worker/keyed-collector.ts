import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { closeServer } from "../../relay/lib/close-server.ts";
import { HIGH_LIMITS, startCollector, type Collector, type CollectorOptions } from "../services/collector.ts";
import { createKvApi } from "../../dev/kv-api.ts";
import { type Ran, sightline } from "../relay/cli/run.ts";
import { recordingRelay, type RecordingRelay } from "./recording-relay.ts";

/** So few that a test of many pages needs few keys: each costs 15 ms to write. */
const KEYS_A_PAGE = 40;

/** A collector in workerd, and the command line on its namespace of keys. */
export interface KeyedCollector extends Collector {
  relay: RecordingRelay;
  /** Runs `sightline keys …`; `env` overrides its settings. */
  keys(args: string[], env?: Record<string, string>): Promise<Ran>;
  /** Adds a key; returns it and its id. */
  add(args: string[]): Promise<{ key: string; id: string }>;
}

/** Starts one, with a relay that takes everything. Limits are high unless `options` say otherwise. */
export async function keyedCollector(options: Partial<CollectorOptions> = {}): Promise<KeyedCollector> {
  const relay = await recordingRelay();
  const collector = await startCollector({ relayUrl: relay.url, relayToken: "t", limits: HIGH_LIMITS, ...options });
  const owner = { accountId: "acc", namespaceId: "ns", token: "api-token-of-the-test" };
  const api = createKvApi({ namespace: collector.keyStore, ...owner, pageSize: KEYS_A_PAGE }).listen(0, "127.0.0.1");
  await once(api, "listening");
  const settings = {
    CLOUDFLARE_API_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}/client/v4`,
    CLOUDFLARE_ACCOUNT_ID: owner.accountId,
    KEYS_NAMESPACE_ID: owner.namespaceId,
    CLOUDFLARE_API_TOKEN: owner.token,
  };
  const keys: KeyedCollector["keys"] = (args, env = {}) => sightline(["keys", ...args], { ...settings, ...env });
  return {
    ...collector,
    relay,
    keys,
    async add(args) {
      const { code, out, err } = await keys(["add", "--json", ...args]);
      if (code !== 0) throw new Error(err);
      return JSON.parse(out) as { key: string; id: string };
    },
    async close() {
      await closeServer(api);
      await collector.close();
      await relay.close();
    },
  };
}
