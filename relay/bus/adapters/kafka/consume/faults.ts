import type { Sink } from "../../../port/subscriber.ts";

/** Tells a sink of an outage once, and when it is over, whatever of several parts is at fault. */
export function createFaults({ fault }: Pick<Sink, "fault">) {
  const open = new Set<string>();
  return {
    /** A part is at fault, or is no more. */
    tell(part: string, error: Error | undefined): void {
      const was = open.size;
      if (error === undefined) open.delete(part);
      else open.add(part);
      if (was === 0 && error !== undefined) fault(error);
      if (was > 0 && open.size === 0) fault(undefined);
    },
  };
}
