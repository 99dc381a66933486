/** Longest wait that a response can ask for, in milliseconds: a mistaken header must not silence a page for good. */
const LONGEST = 3_600_000;

/** Milliseconds that a `Retry-After` header asks for, given as seconds or as an HTTP date; 0 where it is absent or unreadable. */
export function retryAfter(header: string | null, now: number = Date.now()): number {
  const asked = Number(header) * 1_000 || Date.parse(header ?? "") - now;
  return Math.min(Math.max(asked || 0, 0), LONGEST);
}
