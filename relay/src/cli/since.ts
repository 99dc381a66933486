import { UsageError } from "./command.ts";

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads the value of `--since`: so long before now (`90s`, `30m`, `2h`, `7d`), or a time (ISO 8601). Throws a {@link UsageError}. */
export function readSince(value: string, now: Date): Date {
  const [, n, unit] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
  if (n !== undefined) return new Date(now.getTime() - Number(n) * UNIT_MS[unit as keyof typeof UNIT_MS]);
  const time = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time))
    throw new UsageError(`--since: a time such as 2h, 7d or 2026-01-31T10:00:00Z was expected, got ${value}`);
  return new Date(time);
}
