/** How often a queue is asked. Its API responds at once, whether there is something or not. */

/** Pauses between two pulls, milliseconds. */
export interface Pace {
  /** After a pull that brought nothing; doubled after each further one, up to `mostMs`. */
  firstMs: number;
  mostMs: number;
  /** After a pull that failed; doubled after each further one, up to `refusedMs`. */
  failedMs: number;
  /** After one that was refused for good: only a human helps, and is to see it end soon. */
  refusedMs: number;
  /** Between two looks whether the relay takes again. */
  lookMs: number;
}

/** The pace of the relay. */
export const POLL: Pace = { firstMs: 50, mostMs: 2_000, failedMs: 250, refusedMs: 30_000, lookMs: 100 };

/** The pause after so many pulls in a row, from 1, that brought nothing. */
export function pollDelayMs(empty: number, { firstMs, mostMs }: Pace = POLL): number {
  return Math.min(firstMs * 2 ** (empty - 1), mostMs);
}

/** The pause after so many pulls in a row, from 1, that failed. */
export function troubleDelayMs(failed: number, refused: boolean, { failedMs, refusedMs }: Pace = POLL): number {
  return refused ? refusedMs : Math.min(failedMs * 2 ** (failed - 1), refusedMs);
}
