import { EventEmitter, once } from "node:events";
import type { Delivery, Sink, SubscribeOptions } from "../port/subscriber.ts";

/** Deliveries of a bus that pushes, on their way to a sink. */
export interface Inbox {
  push(delivery: Delivery): void;
  /** How many wait. */
  readonly size: number;
  /** Forgets what waits. */
  clear(): void;
  /** Hands over no more; resolves when the sink has taken what it was handed last. */
  close(): Promise<void>;
}

interface InboxOptions extends Pick<SubscribeOptions, "batchSize" | "blockMs"> {
  sink: Pick<Sink, "take" | "fault">;
  /** Told after each hand-over: there may be room again. */
  onHandedOver?: () => void;
}

/** Makes it: hands over what waits, at most `batchSize` at a time, and an empty list where `blockMs` brought nothing. */
export function createInbox({ sink, batchSize, blockMs, onHandedOver = () => {} }: InboxOptions): Inbox {
  const news = new EventEmitter();
  const ending = new AbortController();
  let waiting: Delivery[] = [];

  const pump = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      if (waiting.length === 0) {
        const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(blockMs)]);
        await once(news, "news", { signal }).catch(() => {});
        if (ending.signal.aborted) return;
      }
      await sink.take(waiting.splice(0, batchSize)).catch((error: Error) => sink.fault(error));
      onHandedOver();
    }
  };
  const pumping = pump();

  return {
    push(delivery) {
      waiting.push(delivery);
      news.emit("news");
    },
    get size() {
      return waiting.length;
    },
    clear() {
      waiting = [];
    },
    async close() {
      ending.abort();
      waiting = [];
      await pumping;
    },
  };
}
