/** Finds whom a presented key belongs to: among the configured keys first, then in KV, with what was found kept for a minute. */
import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import { RequestError } from "../errors/errors.ts";
import { hashKey, KEY_FORM, keyId, type KeyPolicy } from "./policy.ts";
import { readStored, type FoundKey, type KeyNamespace } from "./read-stored.ts";

/** How long a value of KV is used, milliseconds. KV's own cache adds as much: a change is everywhere after twice this. */
const FRESH_MS = 60_000;
/** How long an old value is used, milliseconds, before a KV that failed is asked again. */
const RETRY_MS = 5_000;
/** Keys that an isolate remembers; as many that it knows not to exist. The oldest go first, so that random keys fill no memory. */
const REMEMBERED = 1_000;

/** Finds keys, for the life of an isolate. */
export interface KeyFinder {
  /**
   * The owner of a key of the configuration, or of one that KV had less than a minute ago. Most requests do nothing but read a Map here,
   * and no SHA-256. A Map finds a string by a hash that is seeded by chance for each isolate, and compares only what has that very hash:
   * response times reveal nothing about similar keys.
   */
  known(key: string): FoundKey | undefined;
  /**
   * The key's owner, read from KV where it is not in memory; undefined where there is no such key. Where KV fails, what was found last
   * holds, however old; with nothing found before it throws `keys_unavailable`, since a 401 would make a caller drop its events.
   */
  find(key: string): Promise<FoundKey | undefined>;
}

/** Where write keys are. */
export interface KeySources {
  /** Write keys of the configuration, by the hash of the key. They win over those of KV. */
  keys: ReadonlyMap<string, KeyPolicy>;
  /** Where write keys are looked up; without it those of `keys` are all there are. */
  keyStore: KeyNamespace | undefined;
}

/** Makes the finder of an isolate. */
export function createKeyFinder({ keys, keyStore }: KeySources, now: () => number = Date.now): KeyFinder {
  const found = new Map<string, { owner: FoundKey; until: number }>();
  const absent = new Map<string, number>();

  /** Requests do not share a read of KV: in Workers, what one request waits for ends with that request. */
  async function ask(kv: KeyNamespace, key: string, hash: string): Promise<FoundKey | undefined> {
    const before = found.get(key);
    try {
      const owner = await readStored(kv, hash, FRESH_MS / 1000);
      found.delete(key);
      if (owner === undefined) remember(absent, key, now() + FRESH_MS);
      else remember(found, key, { owner, until: now() + FRESH_MS });
      return owner;
    } catch (cause) {
      console.error(JSON.stringify({ message: "keys cannot be read from KV", reason: (cause as Error).message }));
      if (before === undefined) throw new RequestError("keys_unavailable", { cause });
      remember(found, key, { ...before, until: now() + RETRY_MS });
      return before.owner;
    }
  }

  const finder: KeyFinder = {
    known(key) {
      const entry = found.get(key);
      if (entry !== undefined && entry.until > now()) return entry.owner;
      if (entry !== undefined || absent.has(key)) return undefined;
      const hash = hashKey(key);
      const policy = findConfigured(keys, hash);
      if (policy === undefined) return undefined;
      const owner = { id: keyId(hash), policy };
      remember(found, key, { owner, until: Infinity });
      return owner;
    },
    async find(key) {
      const known = finder.known(key);
      if (known !== undefined || keyStore === undefined || !KEY_FORM.test(key) || (absent.get(key) ?? 0) > now()) return known;
      return ask(keyStore, key, hashKey(key));
    },
  };
  return finder;
}

const finders = new WeakMap<KeySources, KeyFinder>();

/** The finder that belongs to these settings: one an isolate. */
export function keyFinderOf(sources: KeySources): KeyFinder {
  let finder = finders.get(sources);
  if (finder === undefined) finders.set(sources, (finder = createKeyFinder(sources)));
  return finder;
}

/** All hashes are compared, each in constant time, so that response times reveal nothing about similar keys. */
function findConfigured(keys: ReadonlyMap<string, KeyPolicy>, hash: string): KeyPolicy | undefined {
  const wanted = Buffer.from(hash);
  let found: KeyPolicy | undefined;
  for (const [hashed, policy] of keys) {
    if (timingSafeEqual(Buffer.from(hashed), wanted)) found = policy;
  }
  return found;
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  const [oldest] = map.size < REMEMBERED ? [] : map.keys();
  if (oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}
