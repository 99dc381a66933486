/**
 * What an idempotency key comes to. The collector too derives ids from an `Idempotency-Key` and what each event says; but events that say the
 * same are told apart by their order, which a list that is cut into several requests, or sent again in part, has not. So the sender derives them,
 * once, of the caller's whole list, and with the server key as the secret: who knows the number of an order cannot reckon the ids of its events.
 */
import { attempt } from "../lib/attempt.ts";
import { utf8 } from "../lib/utf8-length.ts";
import type { WireCommon, WireEvent } from "../wire/index.ts";
import type { Part } from "./cut-chunks.ts";
import { digest, hex128 } from "./digest.ts";

/** What a header can carry, at the length that gateways take. */
const KEY = /^[\u0021-\u007e]{1,200}$/;

/** What a call's ids are made of. */
export interface IdParts {
  /** The caller's key; without it no id is made. */
  key: string | undefined;
  /** The server key. */
  secret: string;
  common: WireCommon | undefined;
}

/**
 * Gives each event that has no id one of the key and of what it says: `key_<32 hex digits>`; of events that say the same each its own. Throws a
 * TypeError for a key that is none.
 */
export async function withIds(events: readonly WireEvent[], { key, secret, common }: IdParts): Promise<readonly WireEvent[]> {
  if (key === undefined) return events;
  if (!KEY.test(key)) throw new TypeError("send: idempotencyKey: expected 1 to 200 visible characters of ASCII");
  const mac = { name: "HMAC", hash: "SHA-256" };
  const signer = await crypto.subtle.importKey("raw", utf8(secret), mac, false, ["sign"]);
  const met = new Map<string, number>();
  return Promise.all(
    events.map(async (event) => {
      const said = attempt(() =>
        typeof event === "object" && event.event_id === undefined ? JSON.stringify([key, common, event], sorted) : undefined,
      );
      // What has an id, and what cannot be written: that is told where it is sent.
      if (said === undefined) return event;
      const before = met.get(said) ?? 0;
      met.set(said, before + 1);
      return { ...event, event_id: `key_${hex128(await crypto.subtle.sign("HMAC", signer, utf8(`${before} ${said}`)))}` };
    }),
  );
}

/** For JSON.stringify: objects with their keys in order, so that what says the same reads the same. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const keys = Object.keys(value);
  keys.sort();
  return Object.fromEntries(keys.map((key) => [key, (value as Record<string, unknown>)[key]]));
}

/**
 * The header for a request with these of the `total` events. It is the key itself for all of them, and another for each part: a gateway that
 * knows the header must not take two requests with different events for one.
 */
export async function keyHeader(key: string, parts: readonly Part[], total: number): Promise<string> {
  if (parts.length === total) return key;
  return `${key}-${await digest(parts.map(({ index }) => index).join())}`;
}
