import type { Delivery, Verdict } from "@sightline/worker/delivery";
import { envelopesIn } from "@sightline/worker/pack";
import type { DeliveryMessage } from "@sightline/worker/delivery";
import { decode } from "./decode.ts";
import type { Line } from "./line.ts";
import type { Keys } from "../../state/keys.ts";
import { poisonPoint } from "../../lib/fail-point.ts";
import type { Suspects } from "../../state/suspects.ts";

/** A message with its lines. */
export interface DecodedMessage {
  queue: string;
  message: DeliveryMessage<Buffer>;
  lines: Line[];
}

/** A delivery, decoded. */
export interface DecodedDelivery {
  delivery: Delivery<Buffer>;
  /** When that began, milliseconds since 1970. */
  startedAt: number;
  messages: DecodedMessage[];
  /** Verdicts of messages that are to be delivered again as they are. */
  later: Extract<Verdict, { verdict: "retry" }>[];
}

/** Decodes the messages of a delivery; one that is known to be poison is not looked at. */
export function decodeDelivery(delivery: Delivery<Buffer>, keys: Keys, suspects?: Suspects): DecodedDelivery {
  const decoded: DecodedDelivery = { delivery, startedAt: Date.now(), messages: [], later: [] };
  const { queue } = delivery;
  for (const message of delivery.messages) {
    if (suspects?.isPoison({ queue, id: message.id })) {
      const poison = {
        line: message.body.toString(),
        code: "poison_message",
        message: "the relay ended again and again while it worked on this message alone",
      };
      decoded.messages.push({ queue, message, lines: [{ ...poison, tenant_id: "", envelopes: envelopesIn(message.body) }] });
      continue;
    }
    poisonPoint(message.id);
    const result = decode(message.body, keys);
    if ("lines" in result) decoded.messages.push({ queue, message, lines: result.lines });
    else decoded.later.push({ id: message.id, verdict: "retry", delay_seconds: 60, reason: result.later });
  }
  return decoded;
}
