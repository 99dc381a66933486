/** A sink whose deliveries stay in work for as long as a test wants, and that drains as the port asks for: it waits for them. */
import type { Delivery, Sink } from "../../relay/bus/port/subscriber.ts";

/** See above. */
export interface WorkingSink extends Sink {
  /** All deliveries, in the order they came. */
  deliveries: Delivery[];
  /** Lanes that were drained, in the order in which they were. */
  drained: string[];
  /** Faults that were told. */
  faults: (Error | undefined)[];
}

interface Behaviour {
  /** What is done with a delivery; `drain` waits for it. @default acknowledged at once */
  handle?: (delivery: Delivery) => Promise<void> | void;
}

/** Makes it. */
export function workingSink({ handle = ({ ack }) => ack() }: Behaviour = {}): WorkingSink {
  const underWay = new Map<string, Set<Promise<void>>>();
  const sink: WorkingSink = {
    deliveries: [],
    drained: [],
    faults: [],
    async take(deliveries) {
      for (const delivery of deliveries) {
        sink.deliveries.push(delivery);
        const work = Promise.resolve(handle(delivery));
        const lane = underWay.get(delivery.lane) ?? new Set();
        underWay.set(delivery.lane, lane.add(work));
        void work.finally(() => lane.delete(work));
      }
    },
    async drain(lanes) {
      sink.drained.push(...lanes);
      await Promise.all(lanes.flatMap((lane) => [...(underWay.get(lane) ?? [])]));
    },
    fault: (error) => void sink.faults.push(error),
  };
  return sink;
}
