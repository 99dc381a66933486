import type { Context } from "hono";
import type { AppEnv } from "../app.ts";
import { SettingsError, settingsOf } from "../env.ts";

/** `GET /healthz`: the Worker runs. Touches no queue. */
export function healthz(c: Context<AppEnv>): Response {
  return c.json({ status: "ok" });
}

/** `GET /readyz`: every binding and variable is there and has the right form. Never a value in the answer. */
export function readyz(c: Context<AppEnv>): Response {
  try {
    settingsOf(c.env);
    return c.json({ status: "ready" });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return c.json({ status: "not ready", expected: error.message }, 503);
  }
}
