/**
 * Deliveries as the queue's consumer posts them, prepared as bytes. What an event and a request are called is written again into the same
 * bytes for each use, so that no event ever comes twice and the driver takes next to no time of its own.
 */
import { writeDelivery } from "../../worker/src/envelope/delivery.ts";
import { PACK_EVENTS, type SamplePack } from "./events.ts";

/** Characters of an id that are written again; ten digits of a number in hex, so that no run ends before they do. */
const FRESH = 10;
const digits = Buffer.alloc(FRESH);

/** A delivery that can be posted again and again, never twice the same. Not while it is under way. */
export interface Prepared {
  messages: number;
  events: number;
  /** The bytes of the next use: the same buffer each time. */
  next(): Buffer;
}

/** The only writer of numbers: one for each pack that was ever posted by this process. */
let used = 0;

/** Prepares a delivery of so many messages, one pack each. */
export function prepareDelivery(packs: readonly SamplePack[], messages: number): Prepared {
  const chosen = Array.from({ length: messages }, (_, at) => packs[at % packs.length] as SamplePack);
  const sent_at = new Date().toISOString();
  const text = writeDelivery({
    queue: "sightline-events",
    messages: chosen.map(({ text: body }, at) => ({ id: messageId(at), attempts: 1, sent_at, body })),
  });
  const bytes = Buffer.from(text);
  const places = chosen.map((_, at) => bytes.indexOf(messageId(at)));
  const spots = chosen.map(({ ids }, at) => {
    const [from, to] = [places[at] ?? 0, places[at + 1] ?? bytes.length];
    return [from, ...ids.flatMap((id) => allOf(bytes, id, from, to))];
  });
  return {
    messages,
    events: messages * PACK_EVENTS,
    next() {
      for (const pack of spots) {
        digits.write((++used).toString(16).padStart(FRESH, "0"), "latin1");
        // By hand: a call for each of a hundred thousand places a second would be the driver's greatest work.
        for (const spot of pack) for (let at = 0; at < FRESH; at++) bytes[spot + at] = digits[at] as number;
      }
      return bytes;
    },
  };
}

const messageId = (at: number): string => `${"0".repeat(FRESH)}-message-${String(at).padStart(4, "0")}`;

function allOf(bytes: Buffer, id: string, from: number, to: number): number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf(id, from); at !== -1 && at < to; at = bytes.indexOf(id, at + id.length)) found.push(at);
  return found;
}
