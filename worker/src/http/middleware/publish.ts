import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app-env.ts";

/** For what is the same for everybody: pages of all origins may read it, and caches may keep what is no error for five minutes. */
export const publish = () =>
  createMiddleware<AppEnv>(async function publishToAll(c, next) {
    await next();
    c.res.headers.set("Access-Control-Allow-Origin", "*");
    if (c.res.ok) c.res.headers.set("Cache-Control", "public, max-age=300");
  });
