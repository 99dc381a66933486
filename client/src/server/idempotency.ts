/**
 * What an idempotency key comes to. The collector too derives ids from an `Idempotency-Key`, from the place of an event in its request; but
 * a list that is cut into several requests, or sent again in part, has its events at other places there. So the sender derives them, once,
 * from the place in the caller's list.
 */
import type { WireEvent } from "../wire.ts";
import type { Part } from "./cut-chunks.ts";
import { digest } from "./digest.ts";

/** What a header can carry, at the length that gateways take. */
const KEY = /^[\u0021-\u007e]{1,200}$/;

/** Gives each event that has no id one of the key and its place: `key_<32 hex digits>_<place>`. Throws a TypeError for a key that is none. */
export async function withIds(events: readonly WireEvent[], key: string | undefined): Promise<readonly WireEvent[]> {
  if (key === undefined) return events;
  if (!KEY.test(key)) throw new TypeError("send: idempotencyKey: 1 to 200 visible characters of ASCII were expected");
  const stem = `key_${await digest(key)}`;
  return events.map((event, index) => (event.event_id === undefined ? { ...event, event_id: `${stem}_${index}` } : event));
}

/**
 * The header for a request with these of the `total` events. It is the key itself for all of them, and another for each part: a gateway that
 * knows the header must not take two requests with different events for one.
 */
export async function keyHeader(key: string, parts: readonly Part[], total: number): Promise<string> {
  if (parts.length === total) return key;
  return `${key}-${await digest(parts.map(({ index }) => index).join())}`;
}
