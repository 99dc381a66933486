const FORM = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|\+00:00)$/;

/** True for a time of day that exists, in ISO 8601 and UTC (`Z` or `+00:00`), to at most nanoseconds. */
export function isTimestamp(text: string): boolean {
  const [, year, month, day] = FORM.exec(text) ?? [];
  if (year === undefined) return false;
  // Date carries 30 February over into March: a day that exists comes back as itself.
  const date = new Date(`${year}-${month}-${day}T00:00:00.000Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

/** Milliseconds since 1970 of a timestamp; what is finer is cut off. */
export function timestampMs(text: string): number {
  return Date.parse(text);
}

/**
 * A timestamp moved back by whole milliseconds and written in one form: `Z`, at least milliseconds, the sender's finer digits kept. No
 * further back than 1970: years before 0 are written in another form.
 */
export function normalTimestamp(text: string, backByMs = 0): string {
  const seconds = text.slice(0, 19);
  const fraction = (/\.(\d+)/.exec(text)?.[1] ?? "").padEnd(3, "0");
  if (backByMs === 0) return `${seconds}.${fraction}Z`;
  const moved = new Date(Math.max(0, Date.parse(`${seconds}.${fraction.slice(0, 3)}Z`) - backByMs)).toISOString();
  return `${moved.slice(0, -1)}${fraction.slice(3)}Z`;
}
