/** Seconds for Retry-After, `least` to five times that by chance: callers that failed together do not come back together. */
export function retryAfterSeconds(least = 1): number {
  return least + Math.floor(Math.random() * (least * 4 + 1));
}
