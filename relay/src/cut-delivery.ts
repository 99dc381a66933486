import type { Delivery } from "@sightline/worker/delivery";
import { unpackedSize } from "@sightline/worker/pack";

/** A delivery, or a part of one, and what it comes to once its packs are read. */
export interface Part {
  delivery: Delivery;
  bytes: number;
}

/** A delivery in parts of at most so many bytes, unpacked, in order; a message that is larger is a part of its own. */
export function cutDelivery({ queue, messages }: Delivery, mostBytes: number): Part[] {
  const parts: Part[] = [];
  for (const message of messages) {
    const bytes = unpackedSize(message.body);
    const last = parts.at(-1);
    if (last === undefined || last.bytes + bytes > mostBytes) {
      parts.push({ delivery: { queue, messages: [message] }, bytes });
    } else {
      last.delivery.messages.push(message);
      last.bytes += bytes;
    }
  }
  return parts;
}
