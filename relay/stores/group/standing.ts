/** How a running store stands: what it has done, and what is at fault. */
import type { Subscription } from "../../bus/port/subscriber.ts";

/** Records and files since it began. */
export interface Counts {
  /** Records that the bus handed over. */
  taken: number;
  /** Events that were not there yet. */
  stored: number;
  /** Events that were, where the store can tell. */
  duplicates: number;
  /** Records that cannot be stored. */
  refused: number;
  /** Files that were put. */
  files: number;
  /** Failures after which something was tried again. */
  retries: number;
}

/** As `/health` tells it. */
export interface Standing extends Counts {
  /** It is a member of its group, and nothing is at fault. */
  healthy: boolean;
  /** By part, in words and without anything of an event; none where all is well. */
  faults: Record<string, string>;
  /** Partitions, or what the bus has in their place, that are this member's. */
  lanes: string[];
  /** Records of these that are not stored yet; undefined where the bus cannot tell. */
  lag?: number;
  /** When events were stored last, ISO 8601 UTC; undefined before the first. */
  stored_at?: string;
}

/** Keeps it. */
export function createStanding() {
  const counts: Counts = { taken: 0, stored: 0, duplicates: 0, refused: 0, files: 0, retries: 0 };
  /** Several of one part may be at fault at a time. */
  const faults = new Map<string, { open: number; reason: string }>();
  let subscription: Subscription | undefined;
  let storedAt: Date | undefined;
  return {
    counts,
    stored(events: number): void {
      counts.stored += events;
      storedAt = new Date();
    },
    /** True where the part was well before. */
    failed(part: string, { message }: Error, attempt: number): boolean {
      counts.retries++;
      const open = faults.get(part)?.open ?? 0;
      faults.set(part, { open: open + (attempt === 1 ? 1 : 0), reason: message });
      return open === 0;
    },
    /** True where all of the part is well now. */
    over(part: string): boolean {
      const fault = faults.get(part);
      if (fault !== undefined && --fault.open > 0) return false;
      return faults.delete(part);
    },
    joined: (member: Subscription) => void (subscription = member),
    async view(): Promise<Standing> {
      const lag = await subscription?.lag().catch(() => undefined);
      return {
        healthy: subscription !== undefined && faults.size === 0,
        ...counts,
        faults: Object.fromEntries([...faults].map(([part, { reason }]) => [part, reason])),
        lanes: subscription?.lanes() ?? [],
        ...(lag === undefined ? {} : { lag: [...lag.values()].reduce((sum, n) => sum + n, 0) }),
        ...(storedAt === undefined ? {} : { stored_at: storedAt.toISOString() }),
      };
    },
  };
}
