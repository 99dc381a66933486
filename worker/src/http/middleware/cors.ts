import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app-env.ts";
import { RequestError } from "../../errors/errors.ts";
import { allowsOrigin } from "../../keys/policy.ts";
import { keyOf } from "./auth.ts";

/**
 * Lets pages read responses, errors too, so that an SDK can tell a wrong key from a network that is down. The exact origin, no
 * credentials; a page whose origin the key does not allow gets nothing.
 *
 * The SDK's own posts need no preflight; OPTIONS is for backends' headers sent from a page, and for callers of their own making.
 */
export const cors = () =>
  createMiddleware<AppEnv>(async function allowOrigin(c, next) {
    await next();
    if (c.get("complete")) return;
    c.res.headers.append("Vary", "Origin");
    const origin = c.req.header("origin");
    if (origin === undefined || (c.error instanceof RequestError && c.error.code === "forbidden_origin")) return;
    c.res.headers.set("Access-Control-Allow-Origin", origin);
    c.res.headers.set("Access-Control-Expose-Headers", "Retry-After");
  });

/**
 * Responds to a preflight: 204, or `forbidden_origin`. Other faults of a key are reported at the POST, where a page can read them. The key is
 * found as for the POST, which then knows it.
 */
export const preflight = () =>
  createMiddleware<AppEnv>(async function respondToPreflight(c) {
    const { key } = await keyOf(c);
    if (key !== undefined && !allowsOrigin(key.policy, c.req.header("origin"))) throw new RequestError("forbidden_origin");
    return c.body(null, 204, {
      "Access-Control-Allow-Methods": "POST",
      "Access-Control-Allow-Headers": "Authorization, Content-Encoding, Content-Type, Idempotency-Key, Traceparent",
      "Access-Control-Max-Age": "86400",
    });
  });
