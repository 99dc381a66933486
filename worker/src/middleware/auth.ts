import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app.ts";
import { settingsOf } from "../env.ts";
import { RequestError } from "../errors.ts";
import { allowsOrigin, findKey, type KeyPolicy } from "../keys.ts";

/** Finds the request's write key and its tenant. Throws `unauthorized` or `forbidden_origin`. */
export const auth = () =>
  createMiddleware<AppEnv>(async function authorize(c, next) {
    const key = keyOf(c);
    if (key === undefined) throw new RequestError("unauthorized");
    if (!allowsOrigin(key, c.req.header("origin"))) throw new RequestError("forbidden_origin");
    c.set("key", key);
    await next();
  });

/** A bearer token is a server's key, and `?k=` a page's: a secret in an address would end in logs. */
export function keyOf(c: Context<AppEnv>): KeyPolicy | undefined {
  const { keys } = settingsOf(c.env);
  const authorization = c.req.header("authorization");
  const bearer = /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  const key = findKey(keys, (authorization === undefined ? c.req.query("k") : bearer) ?? "");
  return key?.kind === (authorization === undefined ? "web" : "server") ? key : undefined;
}
