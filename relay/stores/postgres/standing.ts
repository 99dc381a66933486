/** How a running store stands: what it has done, and what is at fault. */
import type { Subscription } from "../../bus/port/subscriber.ts";
import type { Part } from "./sink.ts";

/** As `/health` tells it. */
export interface Standing {
  /** It is a member of its group, and nothing is at fault. */
  healthy: boolean;
  /** Events since it began: those that were not there yet, those that were, those that cannot be. */
  stored: number;
  duplicates: number;
  refused: number;
  /** By part, in words and without anything of an event; none where all is well. */
  faults: Partial<Record<Part, string>>;
  /** Partitions, or what the bus has in their place, that are this member's. */
  lanes: string[];
  /** Records of these that are not stored yet; undefined where the bus cannot tell. */
  lag?: number;
}

/** Keeps it. */
export function createStanding() {
  const counts = { stored: 0, duplicates: 0, refused: 0 };
  const faults = new Map<Part, string>();
  let subscription: Subscription | undefined;
  return {
    counts,
    faults,
    joined: (member: Subscription) => void (subscription = member),
    async view(): Promise<Standing> {
      const lag = await subscription?.lag().catch(() => undefined);
      return {
        healthy: subscription !== undefined && faults.size === 0,
        ...counts,
        faults: Object.fromEntries(faults),
        lanes: subscription?.lanes() ?? [],
        ...(lag === undefined ? {} : { lag: [...lag.values()].reduce((sum, n) => sum + n, 0) }),
      };
    },
  };
}
