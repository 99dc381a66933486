/** A sink that keeps what it is handed, as a test's subscriber. */
import type { Delivery, Sink } from "../../../relay/bus/port/subscriber.ts";

/** What a test tells it, and asks of it. */
export interface RecordingSink extends Sink {
  /** Everything that was handed over and is a record, in order. */
  readonly taken: Delivery[];
  /** Lanes that were drained, in order. */
  readonly drained: string[];
  /** Lanes that began, in order, each with its plan. */
  readonly begun: { lane: string; plan: string | undefined; origin: string }[];
  readonly faults: (Error | undefined)[];
  /** Empty fetches. */
  empty: number;
  /** Keys of the records, in order. */
  ids(): string[];
}

/**
 * Makes it. What it takes is acknowledged by `handle`, at once where that is left out. `room` resolves when there is room for more.
 */
export function recordingSink({
  handle = (delivery) => delivery.ack(),
  room = async () => {},
}: {
  handle?: (delivery: Delivery) => void;
  room?: (taken: readonly Delivery[]) => Promise<void>;
} = {}): RecordingSink {
  const sink: RecordingSink = {
    taken: [],
    drained: [],
    begun: [],
    faults: [],
    empty: 0,
    ids: () => sink.taken.map(({ record }) => record.headers["event_id"] ?? ""),
    async take(deliveries) {
      if (deliveries.length === 0) sink.empty++;
      sink.taken.push(...deliveries);
      for (const delivery of deliveries) handle(delivery);
      await room(sink.taken);
    },
    async drain(lanes) {
      sink.drained.push(...lanes);
    },
    begin: (lane, plan, origin) => void sink.begun.push({ lane, plan, origin }),
    fault: (error) => void sink.faults.push(error),
  };
  return sink;
}
