import { formatNumber } from "./format-number.ts";

/** A number of things, as people read it: `1 orphan`, `1,234 orphans`. */
export function plural(n: number, what: string): string {
  return `${formatNumber(n)} ${what}${n === 1 ? "" : "s"}`;
}
