/** After a failure the disk is tried again, at most this often. */
const TRY_AGAIN_MS = 60_000;

/** A disk that may be blocked: by the user's settings, a full quota, or a database that does not open. */
export interface Disk {
  /** Does the work; undefined where it failed, or where the disk is known to be blocked. */
  run<T>(work: () => Promise<T>): Promise<T | undefined>;
  isBlocked(): boolean;
}

/** A disk that is taken to work until it fails; `onBlocked` is told when it begins to. */
export function createDisk(onBlocked: (cause: unknown) => void): Disk {
  let blockedUntil: number | undefined;
  return {
    isBlocked: () => blockedUntil !== undefined,
    async run(work) {
      if (blockedUntil !== undefined && performance.now() < blockedUntil) return undefined;
      try {
        const result = await work();
        blockedUntil = undefined;
        return result;
      } catch (error) {
        if (blockedUntil === undefined) onBlocked(error);
        blockedUntil = performance.now() + TRY_AGAIN_MS;
        return undefined;
      }
    },
  };
}
