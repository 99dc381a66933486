/** The queue's side: delivers messages again and again until each is acked, as Cloudflare's consumer does. */
import { setTimeout as sleep } from "node:timers/promises";
import type { DeliveryAnswer } from "../../worker/src/envelope/delivery.ts";
import { deliver, message } from "./queue.ts";

interface QueueOptions {
  /** Address of the relay, which may change when it is started again. */
  url: () => string;
  token: string;
  /** Bodies by message id. */
  messages: Map<string, string>;
  /** Messages in one delivery. @default 3 */
  batch?: number;
  /** Told of each delivery, numbered from 1, when it is on its way. */
  onDelivery?: (number: number) => void;
}

/** Resolves when every message is acked. Returns how many deliveries were refused or unanswered. */
export async function runQueue({ url, token, messages, batch = 3, onDelivery }: QueueOptions): Promise<{ refused: number }> {
  const left = new Map(messages);
  const attempts = new Map<string, number>();
  let refused = 0;
  let deliveries = 0;
  while (left.size > 0) {
    const some = [...left].slice(0, batch).map(([id, body]) => {
      attempts.set(id, (attempts.get(id) ?? 0) + 1);
      return message(id, body, attempts.get(id));
    });
    const answering = deliver(url(), token, some).catch(() => undefined);
    onDelivery?.(++deliveries);
    const answer = await answering;
    if (answer?.ok) {
      const { verdicts } = (await answer.json()) as DeliveryAnswer;
      const acked = verdicts.filter(({ verdict }) => verdict === "ack");
      for (const { id } of acked) left.delete(id);
      // What the relay gives back it is not given again at once.
      if (acked.length === 0) await sleep(50);
    } else {
      refused++;
      await answer?.body?.cancel();
      // As the consumer: not at once. What it waits for is the relay, and the loop's condition is the ack.
      await sleep(50);
    }
  }
  return { refused };
}
