import type { KeyPolicy } from "../keys/policy.ts";
import type { Alarm } from "../lib/alarm.ts";
import type { Bindings } from "../settings/bindings.ts";

/** What the middleware of a request hands on. */
export interface AppEnv {
  Bindings: Bindings;
  Variables: {
    key: KeyPolicy;
    /** The key's public name. */
    keyId: string;
    /** Times what the request waits for. */
    alarm: Alarm;
    /** What the body's JSON says. */
    body: unknown;
    /** The response has all of its headers. */
    complete: boolean;
  };
}
