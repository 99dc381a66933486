/** Seconds for Retry-After, 1 to 5 by chance: callers that failed together do not come back together. */
export function retryAfterSeconds(): number {
  return 1 + Math.floor(Math.random() * 5);
}
