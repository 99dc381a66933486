import { UsageError } from "./command.ts";

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads the value of an option that is a length of time, such as 0s, 90s, 10m, 2h or 7d, in milliseconds. Throws a {@link UsageError}. */
export function readLength(option: string, text: string): number {
  const [, n, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (n === undefined) throw new UsageError(`${option}: expected a time such as 0s, 90s, 10m, 2h or 7d, got ${text}`);
  return Number(n) * UNIT_MS[unit as keyof typeof UNIT_MS];
}
