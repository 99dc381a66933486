/**
 * Bodies that are meant to cost much, each within the wire's limits, and the plain one that they are held against: as many bytes of events
 * as the SDK writes them. Some are valid, of others every event is refused.
 */
import { makeBodies } from "./batch.ts";
import {
  batch,
  click,
  filled,
  large,
  list,
  members,
  OVERHEAD,
  PLAIN,
  PLAIN_BYTES,
  PLAIN_EVENTS,
  plainBody,
  sentence,
  SHARE,
  short,
  type NamedBody,
} from "./body-parts.ts";
import { FOUND } from "./found-bodies.ts";
import { REFUSED } from "./refused-bodies.ts";
import { PERSONAL } from "./personal-bodies.ts";

/** Bodies by name: what is written oddly, then what is refused, then what has personal data in it, then what was found. */
export const BODIES: readonly NamedBody[] = [
  {
    name: "words",
    what: "500 events of a few words a member",
    make: () => filled(500, (bytes) => ({ payload: members(bytes, sentence) })),
  },
  { name: "quotes", what: "500 events of 118 keys, a quote in each value", make: short((i) => `a"b${i}`) },
  { name: "newlines", what: "the same, a line feed in each value", make: short((i) => `a\nb${i}`) },
  { name: "at-signs", what: "the same, an @ in each value", make: short((i) => `${i}@x`) },
  { name: "emoji", what: "the same, an emoji in each value", make: short((i) => `🍮${i}`) },
  {
    name: "odd-keys",
    what: "the same, a backslash in each key",
    make: short(
      (i) => i,
      (i) => `a\\${i}`,
    ),
  },
  {
    name: "lists",
    what: "32 events of 32 KiB: lists of short texts, a quote in each",
    make: large((bytes) => ({ list: list(bytes, (i) => `"${i % 10}`) })),
  },
  {
    name: "numbers",
    what: "32 events of 32 KiB: lists of numbers of 17 digits",
    make: large((bytes) => ({ list: list(bytes, (i) => (i + 1) / 7) })),
  },
  { name: "digits", what: "32 events of 32 KiB: lists of the digit 1", make: large((bytes) => ({ list: list(bytes, () => 1) })) },
  {
    name: "nested",
    what: "32 events of 32 KiB: lists in lists, eight deep",
    make: large((bytes) => ({ list: list(bytes, () => [[[[[[]]]]]]) })),
  },
  {
    name: "long-texts",
    what: "32 events of 32 KiB: texts of 4 KB, of letters of two bytes and quotes",
    make: large((bytes) => members(bytes, () => `é"`.repeat(1_000), 7)),
  },
  {
    name: "no-ids",
    what: "500 events without an event_id",
    make: () => filled(500, (bytes) => ({ event_id: undefined, payload: members(bytes, sentence) })),
  },
  {
    name: "timestamps",
    what: "500 events, each of another day, to the nanosecond",
    make: () =>
      filled(500, (bytes, n) => ({
        timestamp: `20${10 + (n % 15)}-0${1 + (n % 9)}-${10 + (n % 18)}T10:00:00.123456789+00:00`,
        payload: members(bytes, sentence),
      })),
  },
  {
    name: "copies",
    what: "500 copies of one event",
    make: () => {
      const event = click({ payload: members(SHARE - OVERHEAD, sentence) });
      return batch(Array(500).fill(event));
    },
  },
  { name: "random", what: "500 events of what gzip finds nothing in", make: short(() => Math.random().toString(36).slice(2, 8)) },
  {
    name: "common",
    what: "500 small events, and a common that makes 1 MiB of them",
    make: () => {
      const common = { unit_type: "user", unit_id: "u_1", context: members(1_600, (i) => `"${i}`, 118) };
      return batch(
        Array.from({ length: 500 }, () => click({ unit_type: undefined, unit_id: undefined, context: { a: '"' } })),
        { common },
      );
    },
    merged: 900_000,
  },
  {
    name: "parts",
    what: "500 small events, each in a part of its own with a common of 118 keys, a quote in each value",
    make: () => {
      const common = { unit_type: "user", unit_id: "u_1", context: members(1_400, (i) => `"${i}`, 118) };
      const head = { sdk: "web/1.0.0", common };
      return JSON.stringify({
        v: 2,
        parts: Array.from({ length: 500 }, (_, n) => ({
          ...head,
          session_id: `session_${n}`,
          events: [click({ unit_type: undefined, unit_id: undefined })],
        })),
      });
    },
  },
  {
    name: "many-faults",
    what: "refused: 500 events of 60 items, each without position",
    make: () =>
      filled(500, (bytes) => ({
        items: Array.from({ length: Math.min(100, Math.floor(bytes / 22)) }, (_, i) => ({ item_id: `s${i}` })),
      })),
  },
  {
    name: "wrong-fields",
    what: "refused: 500 events, each of whose fields is of another type",
    make: () =>
      filled(500, (bytes) => ({
        timestamp: 1,
        unit_type: 1,
        unit_id: 1,
        request_id: 1,
        surface: 1,
        item_id: 1,
        experiments: Array(Math.floor(bytes / 3)).fill(1),
      })),
  },
  {
    name: "unknown-fields",
    what: "refused: 500 events of 118 unknown fields",
    make: () => filled(500, (bytes) => members(bytes, (i) => i, 118)),
  },
  {
    name: "257-keys",
    what: "refused: 400 events of 257 keys",
    make: () => filled(400, (bytes) => ({ payload: members(bytes, () => 1, 257) })),
  },
  {
    name: "257-odd-keys",
    what: "refused: 350 events of 257 keys, a backslash in each",
    make: () =>
      filled(350, (bytes) => ({
        payload: members(
          bytes,
          () => 1,
          257,
          (i) => `\\${i}`,
        ),
      })),
  },
  {
    name: "metrics",
    what: "refused: 500 events of 118 metrics, the last of them a text",
    make: () => filled(500, (bytes) => ({ metrics: members(bytes, (i) => (i === 117 ? "x" : i), 118) })),
  },
  {
    name: "conflicts",
    what: "refused: 500 events under one id",
    make: () =>
      filled(500, (bytes, n) => ({ event_id: "bench_conflict", item_id: `sku-${n}`, payload: members(bytes, sentence) })),
  },
  {
    name: "no-type",
    what: "refused: 500 events of an unregistered type",
    make: () => filled(500, (bytes) => ({ event_type: "clack", payload: members(bytes, (i) => `"${i}`, 118) })),
  },
  {
    name: "empty-objects",
    what: "refused: 500 events that are lists of empty lists",
    make: () => batch(Array.from({ length: 500 }, () => list(SHARE, () => []))),
  },
  ...PERSONAL,
  ...FOUND,
  ...REFUSED,
];

const sizes = new Map<string, number>();

const bodyOf = (name: string): NamedBody | undefined => BODIES.find((one) => one.name === name);

/** The plain body that a body of a name is held against. */
export const plainOf = (name: string): string => (name === PLAIN_EVENTS || bodyOf(name)?.few ? PLAIN_EVENTS : PLAIN);

/** Bytes that a body of a name comes to, `common` merged. */
export function bytesOf(name: string): number {
  let size = sizes.get(name);
  if (size === undefined) {
    const body = bodyOf(name);
    const plain = (): string => (name === PLAIN_EVENTS ? (makeBodies(500)[0] as string) : plainBody(PLAIN_BYTES));
    size = Math.max(body?.merged ?? 0, Buffer.byteLength(body?.make() ?? plain()));
    sizes.set(name, size);
  }
  return size;
}
