import { SETTLED_AFTER_MS } from "./write-keys.ts";

/** When a change that is made now holds at every collector, for people. */
export function settledAt(): string {
  return `${new Date(Date.now() + SETTLED_AFTER_MS).toISOString().slice(11, 19)} UTC`;
}
