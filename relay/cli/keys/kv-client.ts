/** Cloudflare's REST API for one KV namespace. https://developers.cloudflare.com/api/resources/kv/ */

/** Values that one request may ask for. */
const BULK = 100;
const TIMEOUT_MS = 30_000;

/** A KV namespace. Every call rejects with an Error that has Cloudflare's own words where it refuses, and never the token. */
export interface KvClient {
  /** All names that begin with `prefix`. */
  names(prefix: string): Promise<string[]>;
  /** The values, as text, of those names that have one. */
  values(names: readonly string[]): Promise<Map<string, string>>;
  /** Writes a value; KV forgets it after `ttlSeconds`, at least 60, where that is given. */
  put(name: string, value: string, ttlSeconds?: number): Promise<void>;
}

/** Where the namespace is. */
export interface KvAddress {
  apiUrl: string;
  accountId: string;
  namespaceId: string;
  token: string;
}

interface ApiResponse {
  success?: boolean;
  errors?: { code: number; message: string }[];
  result?: unknown;
  result_info?: { cursor?: string };
}

/** Makes the client; nothing is asked yet. */
export function createKvClient({ apiUrl, accountId, namespaceId, token }: KvAddress): KvClient {
  const base = `${apiUrl.replace(/\/+$/, "")}/accounts/${accountId}/storage/kv/namespaces/${namespaceId}`;
  const ask = async (method: string, path: string, body: string | null = null): Promise<ApiResponse> => {
    const headers = { authorization: `Bearer ${token}`, ...(method === "POST" && { "content-type": "application/json" }) };
    const response = await fetch(base + path, { method, headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
      (cause: Error) => {
        const { cause: inner } = cause;
        throw new Error(`${apiUrl} does not answer: ${inner instanceof Error ? inner.message : cause.message}`, { cause });
      },
    );
    const content = (await response.json().catch(() => ({}))) as ApiResponse;
    if (response.ok && content.success === true) return content;
    const errors = content.errors?.map(({ code, message }) => `${message} (code ${code})`) ?? [];
    const asked = `KV namespace ${namespaceId} of account ${accountId}`;
    throw new Error(`Cloudflare refused, HTTP ${response.status}: ${errors.join("; ") || "no reason given"} [${asked}]`);
  };

  return {
    async names(prefix) {
      const names: string[] = [];
      let cursor = "";
      do {
        const query = new URLSearchParams({ prefix, limit: "1000", ...(cursor && { cursor }) });
        const { result, result_info } = await ask("GET", `/keys?${query}`);
        names.push(...(result as { name: string }[]).map(({ name }) => name));
        cursor = result_info?.cursor ?? "";
      } while (cursor !== "");
      return names;
    },
    async values(names) {
      const found = new Map<string, string>();
      for (let at = 0; at < names.length; at += BULK) {
        const { result } = await ask("POST", "/bulk/get", JSON.stringify({ keys: names.slice(at, at + BULK), type: "text" }));
        const { values } = result as { values: Record<string, string | null> };
        for (const [name, value] of Object.entries(values)) if (value !== null) found.set(name, value);
      }
      return found;
    },
    async put(name, value, ttlSeconds) {
      const query = ttlSeconds === undefined ? "" : `?expiration_ttl=${ttlSeconds}`;
      await ask("PUT", `/values/${encodeURIComponent(name)}${query}`, value);
    },
  };
}
