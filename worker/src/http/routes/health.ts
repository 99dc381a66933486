import type { Context } from "hono";
import type { AppEnv } from "../app-env.ts";
import { SettingsError, settingsOf, type Settings } from "../../settings/settings.ts";

/** `GET /healthz`: the Worker runs. Touches no queue. */
export function healthz(c: Context<AppEnv>): Response {
  return c.json({ status: "ok" });
}

/**
 * `GET /readyz`: 200 where every binding and variable that is needed is there and has the right form, with a warning for each optional
 * one that is not bound; else 503. Names only, never a value.
 */
export function readyz(c: Context<AppEnv>): Response {
  try {
    return c.json({ status: "ready", warnings: warningsOf(settingsOf(c.env)) });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return c.json({ status: "not ready", expected: error.message }, 503);
  }
}

/** What the collector does without each optional binding that is absent. */
function warningsOf({ keyStore, keys, limiters, counters }: Settings): string[] {
  const warnings: [absent: boolean, warning: string][] = [
    [keyStore === undefined, "KEY_STORE is not bound: only KEYS are known"],
    [keys.size > 0, "KEYS has write keys: only a deploy revokes them"],
    [limiters.key === undefined, "KEY_LIMIT is not bound: write keys are not limited"],
    [limiters.address === undefined, "ADDRESS_LIMIT is not bound: one visitor can use up the limit of a write key"],
    [limiters.session === undefined, "SESSION_LIMIT is not bound: sessions are not limited"],
    [limiters.rejects === undefined, "REJECT_LIMIT is not bound: every refused event is recorded"],
    [counters === undefined, "COUNTERS is not bound: nothing is counted"],
  ];
  return warnings.filter(([holds]) => holds).map(([, warning]) => warning);
}
