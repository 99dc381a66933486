/** The write keys that KV holds: created, found, changed and revoked. */
import { randomBytes } from "node:crypto";
import { hashKey, keyId, storedKey, storedName, type KeyPolicy, type StoredKey } from "@sightline/worker/keys";
import { UsageError } from "../lib/command.ts";
import { ConfigError } from "../../lib/settings.ts";
import { readConfig } from "../../service/settings/config.ts";
import { createKvClient, type KvClient } from "./kv-client.ts";

/** How long a revoked key is still listed, seconds. KV forgets it then, and it is refused as before, as one that never was. */
const REVOKED_TTL_SECONDS = 30 * 86_400;
/** Keys of one tenant and kind that are valid at a time: two, so that one can take the other's place. */
const VALID_MAX = 2;

/** When a change holds everywhere: KV keeps what it read for 60 s at a location, and a collector for another 60 s. */
export const SETTLED_AFTER_MS = 120_000;

/** A key that KV holds. */
export interface WriteKey extends StoredKey {
  /** Public name: the beginning of the hash. */
  id: string;
  hash: string;
}

/** A name in KV whose value is of another form: written by hand, or by another version. */
export interface UnreadableWriteKey {
  id: string;
  wrong: string;
}

/**
 * The write keys of a collector. All of it rejects as {@link KvClient} does. KV is eventually consistent: two people who change keys within
 * the same minute may not see each other's changes, and the later one holds.
 */
export interface WriteKeys {
  list(): Promise<{ keys: WriteKey[]; unreadable: UnreadableWriteKey[] }>;
  /** The key with this id. Throws a UsageError where that is no id, and an Error where no key has it or its value is of another form. */
  find(id: string): Promise<WriteKey>;
  /** Makes a key. The text of it is known here alone and stored nowhere. Throws where the tenant has two valid ones of this kind. */
  create(policy: KeyPolicy): Promise<WriteKey & { key: string }>;
  /** Writes another policy. Throws where the key is revoked. */
  change(key: WriteKey, policy: KeyPolicy): Promise<void>;
  /** Has the key refused from now on; resolves with the time since which it is. */
  revoke(key: WriteKey): Promise<string>;
}

/** The write keys of the namespace that the settings name. Throws a ConfigError where they do not. */
export function openWriteKeys(env: NodeJS.ProcessEnv): WriteKeys {
  const { accountId, apiToken: token, keysNamespaceId: namespaceId, apiUrl } = readConfig(env).cloudflare;
  if (accountId === undefined || token === undefined || namespaceId === undefined) {
    const all = { CLOUDFLARE_ACCOUNT_ID: accountId, CLOUDFLARE_API_TOKEN: token, KEYS_NAMESPACE_ID: namespaceId };
    const missing = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [`${name}: expected a value`] : []));
    throw new ConfigError(missing, "settings are missing");
  }
  return createWriteKeys(createKvClient({ apiUrl, accountId, namespaceId, token }));
}

function createWriteKeys(kv: KvClient): WriteKeys {
  const list = async (prefix = ""): Promise<{ keys: WriteKey[]; unreadable: UnreadableWriteKey[] }> => {
    const values = await kv.values(await kv.names(storedName(prefix)));
    const keys: WriteKey[] = [];
    const unreadable: UnreadableWriteKey[] = [];
    for (const [name, value] of values) {
      const hash = name.slice(storedName("").length);
      const read = readStored(value);
      if (typeof read === "string") unreadable.push({ id: keyId(hash), wrong: read });
      else keys.push({ ...read, hash, id: keyId(hash) });
    }
    return { keys, unreadable };
  };
  const write = ({ hash, policy, created_at, revoked_at }: WriteKey, ttlSeconds?: number): Promise<void> => {
    const stored: StoredKey = { policy, created_at, ...(revoked_at !== undefined && { revoked_at }) };
    return kv.put(storedName(hash), JSON.stringify(stored), ttlSeconds);
  };
  return {
    list,
    async find(id) {
      if (!/^[0-9a-f]{12}$/.test(id)) throw new UsageError("expected an id of 12 hex digits: sightline keys list shows them");
      const { keys, unreadable } = await list(id);
      if (unreadable[0] !== undefined)
        throw new Error(`what KV holds of key ${id} is of another form, and refused: ${unreadable[0].wrong}`);
      if (keys[0] === undefined) throw new Error(`no key has the id ${id}: sightline keys list shows those there are`);
      return keys[0];
    },
    async create(policy) {
      const { tenant_id, kind } = policy;
      const valid = (await list()).keys.filter(
        (one) => one.policy.tenant_id === tenant_id && one.policy.kind === kind && one.revoked_at === undefined,
      );
      if (valid.length >= VALID_MAX) {
        const ids = valid.map(({ id }) => id).join(" and ");
        throw new Error(`tenant ${tenant_id} has ${VALID_MAX} valid ${kind} keys already, ${ids}: revoke one of them first`);
      }
      const key = `${kind === "web" ? "wk" : "sk"}_${randomBytes(24).toString("base64url")}`;
      const hash = hashKey(key);
      const created: WriteKey = { id: keyId(hash), hash, policy, created_at: new Date().toISOString() };
      await write(created);
      return { ...created, key };
    },
    async change(key, policy) {
      if (key.revoked_at !== undefined) throw new Error(`key ${key.id} was revoked at ${key.revoked_at}, for good`);
      await write({ ...key, policy });
    },
    async revoke(key) {
      const revoked_at = key.revoked_at ?? new Date().toISOString();
      if (key.revoked_at === undefined) await write({ ...key, revoked_at }, REVOKED_TTL_SECONDS);
      return revoked_at;
    },
  };
}

/** What a value says of a key, or what is wrong with it. */
function readStored(value: string): StoredKey | string {
  try {
    const parsed = storedKey.safeParse(JSON.parse(value));
    if (parsed.success) return parsed.data;
    return parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  } catch {
    return "it is not JSON";
  }
}
