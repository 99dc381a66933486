import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app-env.ts";

/** For documents that are the same for everybody: pages of all origins may read them, and caches may keep them for five minutes, but not an error. */
export const publish = () =>
  createMiddleware<AppEnv>(async function publishToAll(c, next) {
    await next();
    c.res.headers.set("Access-Control-Allow-Origin", "*");
    if (c.res.ok) c.res.headers.set("Cache-Control", "public, max-age=300");
  });
