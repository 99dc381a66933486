import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app-env.ts";
import { settingsOf } from "../../settings/settings.ts";
import type { KeyKind } from "../../envelope/envelope.ts";
import { RequestError } from "../../errors/errors.ts";
import { keyFinderOf } from "../../keys/find-key.ts";
import { allowsOrigin } from "../../keys/policy.ts";
import type { FoundKey } from "../../keys/read-stored.ts";
import { limitUnknownKeys } from "./rate-limit.ts";

/**
 * Finds the request's write key and its tenant. Throws `unauthorized`, `server_key_in_browser`, `forbidden_origin`, `key_disabled`, and as
 * {@link keyOf} does.
 */
export const auth = () =>
  createMiddleware<AppEnv>(async function authorize(c, next) {
    const { key, place } = await keyOf(c);
    if (key === undefined) throw new RequestError("unauthorized");
    if (key.policy.kind !== place) throw new RequestError("unauthorized", { message: WRONG_PLACE[place] });
    c.set("key", key.policy);
    c.set("keyId", key.id);
    const origin = c.req.header("origin");
    // Browsers send an Origin with each POST (https://fetch.spec.whatwg.org/#append-a-request-origin-header), and backends none.
    if (place === "server" && origin !== undefined) throw new RequestError("server_key_in_browser");
    if (!allowsOrigin(key.policy, origin)) throw new RequestError("forbidden_origin");
    // After the origin, so that only pages that may use the key learn about it.
    if (key.policy.disabled === true) throw new RequestError("key_disabled");
    await next();
  });

/** A key that is known, and stands where the other kind does. */
const WRONG_PLACE: Record<KeyKind, string> = {
  web: "this is a server key: send it as Authorization: Bearer. In an address it ends in logs: replace it",
  server: "this is a web key: send it as ?k= in the address",
};

/**
 * The request's write key, undefined where there is no such key, and the kind that its place is for. A bearer token is a server's key, and
 * `?k=` a page's: a secret in an address would end in logs. Throws `keys_unavailable`, and `rate_limited` where an address tries many
 * keys that are not known.
 */
export async function keyOf(c: Context<AppEnv>): Promise<{ key: FoundKey | undefined; place: KeyKind }> {
  const finder = keyFinderOf(settingsOf(c.env));
  const authorization = c.req.header("authorization");
  const place = authorization === undefined ? "web" : "server";
  const presented = authorization === undefined ? c.req.query("k") : /^bearer +(\S+)$/i.exec(authorization)?.[1];
  let key = finder.known(presented ?? "");
  if (key === undefined) {
    // Before KV is asked: each read there is paid for.
    await limitUnknownKeys(c);
    key = await finder.find(presented ?? "");
  }
  return { key, place };
}
