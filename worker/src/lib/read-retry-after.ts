/** Seconds that a Retry-After header asks for, given as seconds or as an HTTP date; 0 where it is absent, past or unreadable. */
export function readRetryAfter(header: string | null, now: number = Date.now()): number {
  const asked = Number(header) || (Date.parse(header ?? "") - now) / 1000;
  return Math.max(asked || 0, 0);
}
