import { UsageError } from "./command.ts";

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads the value of `--since`. Throws a {@link UsageError}. */
export function readSince(value: string, now: Date): Date {
  return readTime("--since", value, now);
}

/**
 * Reads the value of an option: so long before now (`90s`, `30m`, `2h`, `7d`), or a time (ISO 8601), which is UTC where it names no zone.
 * Throws a {@link UsageError}.
 */
export function readTime(option: string, value: string, now: Date): Date {
  const [, n, unit] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
  if (n !== undefined) return new Date(now.getTime() - Number(n) * UNIT_MS[unit as keyof typeof UNIT_MS]);
  const [isTime, clock, zone] = /^\d{4}-\d\d-\d\d(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(value) ?? [];
  // Without a zone Date.parse takes a time for the machine's own, and every time that is shown here is UTC.
  const text = clock !== undefined && zone === undefined ? `${value}Z` : value;
  // Date.parse takes 31 February for 3 March.
  const day = value.slice(0, 10);
  const exists = isTime !== undefined && new Date(Date.parse(day) || 0).toISOString().startsWith(day);
  const time = exists ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new UsageError(
      `${option}: expected a time such as 2h, 7d or 2026-01-31T10:00:00Z (UTC where no zone is named), got ${value}`,
    );
  return new Date(time);
}
