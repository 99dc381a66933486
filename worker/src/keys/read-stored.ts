import { parse } from "../lib/parse.ts";
import { keyId, storedKey, storedName, type KeyPolicy } from "./policy.ts";

/** How long KV may take, milliseconds. */
const TIMEOUT_MS = 2_000;

/** A namespace of Workers KV, as far as it is used. */
export interface KeyNamespace {
  get(key: string, options: { type: "json"; cacheTtl: number }): Promise<unknown>;
}

/** A key that exists. */
export interface FoundKey {
  /** Its public name. */
  id: string;
  policy: KeyPolicy;
}

/**
 * The owner of the key with this hash, of which KV may keep a copy for `cacheSeconds`; undefined where KV has none, or a revoked one, or one
 * of another form, which is logged. Rejects where KV fails or is late.
 */
export async function readStored(kv: KeyNamespace, hash: string, cacheSeconds: number): Promise<FoundKey | undefined> {
  return ownerOf(await read(kv, storedName(hash), cacheSeconds), keyId(hash));
}

/** What KV has under a name, null where nothing; broken JSON counts as something. Rejects where KV fails or is late. */
async function read(kv: KeyNamespace, name: string, cacheSeconds: number): Promise<unknown> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no response within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  try {
    return await Promise.race([kv.get(name, { type: "json", cacheTtl: cacheSeconds }), late]);
  } catch (error) {
    if (error instanceof SyntaxError) return "broken JSON";
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function ownerOf(stored: unknown, id: string): FoundKey | undefined {
  if (stored === null) return undefined;
  const parsed = parse(storedKey, stored);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    console.error(
      JSON.stringify({ message: "a stored key is refused: it is not of the form that this version reads", id, wrong }),
    );
    return undefined;
  }
  return parsed.data.revoked_at === undefined ? { id, policy: parsed.data.policy } : undefined;
}
