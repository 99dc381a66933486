/** Remembers what was done, by a key, for a while. */
export interface IdempotencyKeyStore {
  /** Whether the key was put, and its time is not over. */
  has(key: string): Promise<boolean>;
  /** Remembers the key for so many seconds from now; resolves when that is as safe as the store keeps it. */
  put(key: string, ttlSeconds: number): Promise<void>;
}
