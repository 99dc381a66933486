import type { Delivery, DeliveryMessage } from "@sightline/worker/delivery";
import { unpackedSize } from "@sightline/worker/pack";

/** A delivery, or a part of one, and what it comes to once its packs are read. */
export interface DeliveryPart {
  delivery: Delivery<Buffer>;
  bytes: number;
  /** It must be worked on while nothing else is. */
  alone: boolean;
}

/**
 * A delivery in parts of at most so many bytes, unpacked, in order; a message that is larger is a part of its own, and so is one that
 * must be alone.
 */
export function cutDelivery(
  { queue, messages }: Delivery<Buffer>,
  mostBytes: number,
  isAlone: (message: DeliveryMessage<Buffer>) => boolean,
): DeliveryPart[] {
  const parts: DeliveryPart[] = [];
  for (const message of messages) {
    const bytes = unpackedSize(message.body);
    const alone = isAlone(message);
    const last = parts.at(-1);
    if (last === undefined || alone || last.alone || last.bytes + bytes > mostBytes) {
      parts.push({ delivery: { queue, messages: [message] }, bytes, alone });
    } else {
      last.delivery.messages.push(message);
      last.bytes += bytes;
    }
  }
  return parts;
}
