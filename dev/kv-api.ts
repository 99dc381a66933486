/**
 * Development's stand-in for Cloudflare's REST API of one KV namespace, over the emulator's: so much of it as `sightline keys` uses, in
 * the shapes of https://developers.cloudflare.com/api/resources/kv/. It lists names, reads values in bulk, and writes a value.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { text } from "node:stream/consumers";
import type { KeyStore } from "./collector.ts";

/** Who may ask for what. */
export interface KvApiOptions {
  namespace: KeyStore;
  accountId: string;
  namespaceId: string;
  /** Bearer token. */
  token: string;
  /** Names on a page, at most. @default 1000, as at Cloudflare */
  pageSize?: number;
}

/** Values that one request may ask for, as at Cloudflare. */
const BULK = 100;

type KvResponse = { status: number; body: Record<string, unknown> };

/** Makes the server; the caller lets it listen, on loopback. Its paths begin with `/client/v4`. */
export function createKvApi(options: KvApiOptions): Server {
  return createServer(async (incoming, outgoing) => {
    const { status, body } = await answer(incoming, options).catch((error: Error) => refusal(400, 10_001, error.message));
    outgoing.writeHead(status, { "content-type": "application/json" });
    outgoing.end(JSON.stringify({ errors: [], messages: [], success: status === 200, ...body }));
  });
}

async function answer(incoming: IncomingMessage, options: KvApiOptions): Promise<KvResponse> {
  const { namespace, accountId, namespaceId, token, pageSize = 1000 } = options;
  const { pathname, searchParams: query } = new URL(incoming.url ?? "/", "http://local");
  const of = `/client/v4/accounts/${accountId}/storage/kv/namespaces/`;
  if (incoming.headers.authorization !== `Bearer ${token}` || !pathname.startsWith(of)) {
    return refusal(403, 10_000, "Authentication error");
  }
  if (!pathname.startsWith(`${of}${namespaceId}/`)) return refusal(404, 10_013, "namespace not found");
  const rest = pathname.slice(of.length + namespaceId.length);
  if (incoming.method === "GET" && rest === "/keys") return listed(namespace, query, pageSize);
  if (incoming.method === "POST" && rest === "/bulk/get") {
    const { keys } = JSON.parse(await text(incoming)) as { keys: string[] };
    if (keys.length > BULK) return refusal(400, 10_001, `expected ${BULK} keys at most, got ${keys.length}`);
    const values = await Promise.all(keys.map(async (name) => [name, await namespace.get(name)] as const));
    return { status: 200, body: { result: { values: Object.fromEntries(values) } } };
  }
  if (incoming.method === "PUT" && rest.startsWith("/values/")) {
    const ttl = query.get("expiration_ttl");
    const name = decodeURIComponent(rest.slice("/values/".length));
    await namespace.put(name, await text(incoming), ttl === null ? {} : { expirationTtl: Number(ttl) });
    return { status: 200, body: { result: null } };
  }
  return refusal(405, 10_405, "the stand-in for Cloudflare's API does not know this request");
}

async function listed(namespace: KeyStore, query: URLSearchParams, pageSize: number): Promise<KvResponse> {
  const limit = Math.min(pageSize, Number(query.get("limit") ?? pageSize));
  const page = await namespace.list({ prefix: query.get("prefix"), cursor: query.get("cursor"), limit });
  const cursor = page.list_complete ? "" : page.cursor;
  return { status: 200, body: { result: page.keys, result_info: { count: page.keys.length, cursor } } };
}

function refusal(status: number, code: number, message: string): KvResponse {
  return { status, body: { result: null, errors: [{ code, message }] } };
}
