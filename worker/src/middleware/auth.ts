import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app.ts";
import { settingsOf } from "../env.ts";
import { RequestError } from "../errors.ts";
import { keyFinderOf } from "../keys/find-key.ts";
import { allowsOrigin } from "../keys/policy.ts";
import type { FoundKey } from "../keys/read-stored.ts";
import { limitAddress } from "./rate-limit.ts";

/**
 * Finds the request's write key and its tenant. Throws `unauthorized`, `forbidden_origin`, `key_disabled`, and as {@link keyOf} does.
 */
export const auth = () =>
  createMiddleware<AppEnv>(async function authorize(c, next) {
    const key = await keyOf(c);
    if (key === undefined) throw new RequestError("unauthorized");
    c.set("key", key.policy);
    c.set("keyId", key.id);
    if (!allowsOrigin(key.policy, c.req.header("origin"))) throw new RequestError("forbidden_origin");
    // After the origin, so that only pages that may use the key learn about it.
    if (key.policy.disabled === true) throw new RequestError("key_disabled");
    await next();
  });

/**
 * The request's write key; undefined where there is no such key. A bearer token is a server's key, and `?k=` a page's: a secret in an
 * address would end in logs. Throws `keys_unavailable`, and `rate_limited` where an address tries many keys that are not known.
 */
export async function keyOf(c: Context<AppEnv>): Promise<FoundKey | undefined> {
  const finder = keyFinderOf(settingsOf(c.env));
  const authorization = c.req.header("authorization");
  const kind = authorization === undefined ? "web" : "server";
  const presented = authorization === undefined ? c.req.query("k") : /^bearer +(\S+)$/i.exec(authorization)?.[1];
  let key = finder.known(presented ?? "");
  if (key === undefined) {
    // Before KV is asked: each read there is paid for.
    await limitAddress(c);
    key = await finder.find(presented ?? "");
  }
  return key?.policy.kind === kind ? key : undefined;
}
