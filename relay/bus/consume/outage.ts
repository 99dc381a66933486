/** Tells a sink of faults: once an outage, and when it is over. */
import type { Sink } from "../port/subscriber.ts";

/** Keeps what was told. */
export interface Outage {
  began(error: Error): void;
  ended(): void;
  /** Does something that may fail; false where it failed. */
  trying(work: () => Promise<void>): Promise<boolean>;
}

/** Makes it; at first there is no outage. */
export function createOutage(sink: Pick<Sink, "fault">): Outage {
  let isOut = false;
  const outage: Outage = {
    began(error) {
      if (!isOut) sink.fault(error);
      isOut = true;
    },
    ended() {
      if (isOut) sink.fault(undefined);
      isOut = false;
    },
    async trying(work) {
      try {
        await work();
        outage.ended();
        return true;
      } catch (error) {
        outage.began(error as Error);
        return false;
      }
    },
  };
  return outage;
}
