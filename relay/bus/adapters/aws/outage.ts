import type { Sink } from "../../port/subscriber.ts";

/** Tells a sink of faults: the first of an outage, and its end. */
export function outageOf(sink: Pick<Sink, "fault">) {
  let isOut = false;
  return {
    begin(error: Error): void {
      if (!isOut) sink.fault(error);
      isOut = true;
    },
    end(): void {
      if (isOut) sink.fault(undefined);
      isOut = false;
    },
  };
}
