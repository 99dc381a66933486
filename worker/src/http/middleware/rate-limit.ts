/**
 * How many requests are taken: by write key, and of web keys, which are public, by key and client address and by key and session as well,
 * so that one visitor does not use up what is there for all. What is over a limit is refused as `rate_limited` with Retry-After, and the caller
 * keeps its events.
 *
 * Cloudflare counts for each of its locations apart and not exactly. A limiter that fails lets the request through: limits are here to
 * bound what a flood costs, and no event is lost for them.
 */
import { createHash } from "node:crypto";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app-env.ts";
import type { RateLimiter } from "../../settings/bindings.ts";
import { settingsOf } from "../../settings/settings.ts";
import { RequestError } from "../../errors/errors.ts";
import { addressBlock } from "../../lib/address-block.ts";
import { murmur128 } from "../../lib/murmur128.ts";

/**
 * Counts a request of a web key against ADDRESS_LIMIT of the client's address, and then every request against KEY_LIMIT of its write key: one
 * that is refused for its address uses up nothing of the key's. Throws `rate_limited`. Stands after `auth`, and before the body is read.
 */
export const limitRequests = () =>
  createMiddleware<AppEnv>(async function limitByAddressAndKey(c, next) {
    const { address, key } = settingsOf(c.env).limiters;
    const keyId = c.get("keyId");
    if (address !== undefined && c.get("key").kind === "web") {
      if (!(await within(address, murmur128(`${keyId}:address:${addressOf(c)}`).hash))) throw limited("address");
    }
    if (!(await within(key, `key:${keyId}`))) throw limited("key");
    await next();
  });

/** Counts a request whose key is not known yet against KEY_LIMIT of the client's address. Throws `rate_limited`. */
export async function limitUnknownKeys(c: Context<AppEnv>): Promise<void> {
  if (!(await within(settingsOf(c.env).limiters.key, `address:${digest(addressOf(c))}`))) throw limited("address");
}

/**
 * Counts a request of a web key against SESSION_LIMIT of its session, or of the client's address where it names none. A session is the
 * caller's word: whoever invents them is still bounded by the limit of the address. Throws `rate_limited`.
 */
export async function limitSession(c: Context<AppEnv>, sessionId: string | undefined): Promise<void> {
  const { session } = settingsOf(c.env).limiters;
  if (session === undefined || c.get("key").kind !== "web") return;
  const who = sessionId === undefined ? `address:${addressOf(c)}` : `session:${sessionId}`;
  if (!(await within(session, murmur128(`${c.get("keyId")}:${who}`).hash))) throw limited("session");
}

/** Whether refused events of this request are still to be recorded. Over REJECT_LIMIT of the key they are refused and counted, and not recorded. */
export function mayRecordRejects(c: Context<AppEnv>): Promise<boolean> {
  return within(settingsOf(c.env).limiters.rejects, `rejects:${c.get("keyId")}`);
}

async function within(limiter: RateLimiter | undefined, key: string): Promise<boolean> {
  try {
    return limiter === undefined || (await limiter.limit({ key })).success;
  } catch (error) {
    console.warn(
      JSON.stringify({ message: "a rate limiter failed, and lets requests through", reason: (error as Error).message }),
    );
    return true;
  }
}

/** The address is known here alone, and goes nowhere but hashed into a limiter. */
function addressOf(c: Context<AppEnv>): string {
  return addressBlock(c.req.header("cf-connecting-ip") ?? "");
}

/** 128 bits: no counter is shared by chance, and none says whose it is. */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

function limited(limit: "key" | "address" | "session"): RequestError {
  return new RequestError("rate_limited", { details: { limit } });
}
