/** What the bodies of bodies.ts are made of. */
import { WIRE_LIMITS } from "@sightline/client/wire";

/** Bytes that events may fill, of a body. */
export const ROOM = WIRE_LIMITS.bodyBytes - 2_000;
/** Bytes of an event where 500 fill a body. */
export const SHARE = Math.floor(ROOM / WIRE_LIMITS.events);
const WORDS = "the quick brown fox jumps over a lazy dog and runs along the river until it finds some shade to sleep".split(" ");

/** Name and bytes of the body that the others are held against. */
export const PLAIN = "plain";
export const PLAIN_BYTES = 1_000_000;
/** Name of the one that bodies of few bytes are held against: 500 of the demo shop's events. */
export const PLAIN_EVENTS = "plain-events";

/** A body that is meant to cost much. */
export interface NamedBody {
  name: string;
  /** What is odd about it, for the report. */
  what: string;
  /** Makes the body; two calls differ in their ids alone. */
  make(): string;
  /** Bytes it comes to with `common` merged, where that is more than it has: the limits count those too. */
  merged?: number;
  /** It has as many events as a body may have and few bytes, and is held against the plain one of as many events. */
  few?: boolean;
  /** Media type. @default text/plain */
  type?: string;
}

/** Events that were made: no two have one id. */
let made = 0;

/** A click with fields of its own; no two have one id. */
export function click(over: object): Record<string, unknown> {
  const n = ++made;
  return {
    event_id: `bench_${String(n).padStart(12, "0")}`,
    event_type: "click",
    timestamp: new Date(Date.now() - (n % 1_000)).toISOString(),
    unit_type: "user",
    unit_id: `u_${n % 97}`,
    request_id: `req_${String(n % 50).padStart(8, "0")}`,
    surface: "home.top_picks",
    item_id: `sku-${n % 1_000}`,
    ...over,
  };
}

/** Members `k0` and on with the values of `value`, as many as fit into so many bytes, and at most `most`. */
export function members(
  bytes: number,
  value: (i: number) => unknown,
  most: number = WIRE_LIMITS.keys,
  key = (i: number) => `k${i}`,
): object {
  const object: Record<string, unknown> = {};
  for (let i = 0, left = bytes; i < most; i++) {
    left -= Buffer.byteLength(JSON.stringify({ [key(i)]: value(i) })) - 1;
    if (left < 0) break;
    object[key(i)] = value(i);
  }
  return object;
}

export const OVERHEAD = JSON.stringify(click({ payload: {} })).length + 1;

/** Bytes for each of `count` events, less what every one of them has. */
const shareOf = (count: number): number => Math.min(Math.floor(ROOM / count), WIRE_LIMITS.eventBytes) - OVERHEAD - 20;

/** `count` events that fill a body between them, each with what `over` makes of so many bytes. */
export function filled(count: number, over: (bytes: number, nth: number) => object): string {
  const share = shareOf(count);
  return batch(Array.from({ length: count }, (_, nth) => click(over(share, nth))));
}

/** The same with payloads that are given as text. */
export function rawFilled(count: number, payload: (bytes: number) => string): string {
  const place = '"payload":0';
  return filled(count, () => ({ payload: 0 })).replaceAll(place, () => `"payload":${payload(shareOf(count))}`);
}

export function batch(events: readonly unknown[], more: object = {}): string {
  return JSON.stringify({ v: 1, sdk: "api/1.0.0", ...more, events });
}

/** Events with a payload of short members: 118 in 2 kB. */
export const short = (value: (i: number) => unknown, key?: (i: number) => string) => () =>
  filled(500, (bytes) => ({ payload: members(bytes, value, 118, key) }));

/** Events of 32 KiB. */
export const large = (payload: (bytes: number) => object) => () => filled(32, (bytes) => ({ payload: payload(bytes) }));

/** One value again and again. */
export const copies = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

export const list = (bytes: number, value: (i: number) => unknown): unknown[] => {
  const values: unknown[] = [];
  for (let i = 0, left = bytes - 20; ; i++) {
    left -= Buffer.byteLength(JSON.stringify(value(i))) + 1;
    if (left < 0) return values;
    values.push(value(i));
  }
};

/** A short text for each number, in no order. */
export const unsorted = (n: number): string => ((n * 2_654_435_761) % 4_294_967_296).toString(36);

/** Keys of the nth event, each an e-mail address, in no order. */
export const addressKeys =
  (nth: number) =>
  (i: number): string =>
    `${unsorted(nth * 200 + i)}@b.co`;

/** Words, about 25 characters of them. */
export const sentence = (i: number): string => {
  let text = WORDS[i % WORDS.length] as string;
  for (let at = i + 1; text.length < 22; at++) text += ` ${WORDS[(at * 7) % WORDS.length]}`;
  return text;
};

/** One of the shop's items. */
const item = (i: number): object => ({
  item_id: `sku-${10_000 + ((i * 7_919) % 90_000)}`,
  position: (i % 20) + 1,
  score: ((i * 7_919) % 1_000_000) / 1e6,
  propensity: (1 + ((i * 104_729) % 900_000)) / 1e6,
});

/** The plain body of so many bytes: decisions as the SDK writes them for the demo shop, of as many items as fill it. */
export function plainBody(bytes: number): string {
  const each = Buffer.byteLength(JSON.stringify(item(13))) + 1;
  const count = Math.floor((bytes / 500 - OVERHEAD - 20) / each);
  const decision = (nth: number): object => ({
    event_type: "decision",
    item_id: undefined,
    items: Array.from({ length: count }, (_, i) => item(nth * count + i + 1)),
  });
  return batch(Array.from({ length: 500 }, (_, nth) => click(decision(nth))));
}
