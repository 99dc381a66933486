/** Bodies that cost more than others when they were looked for: of what JSON can say that no event has. */
import { WIRE_LIMITS } from "@sightline/client/wire";
import {
  batch,
  click,
  copies,
  filled,
  large,
  list,
  members,
  OVERHEAD,
  ROOM,
  rawFilled,
  sentence,
  SHARE,
  type NamedBody,
} from "./body-parts.ts";

/** An event with nothing that it could do without. */
const least = { event_type: "click", timestamp: "2026-01-01T00:00:00Z", unit_type: "u", unit_id: "u" };
const LINES = "application/x-ndjson";

/** As many elements of a text as fit. */
const rawList = (bytes: number, text: string): string =>
  `{"l":[${Array(Math.floor((bytes - 10) / (text.length + 1))).fill(text)}]}`;

/** A v2 batch of a part an event, each with a `common` of its own. */
const partsOf = (common: object): string =>
  JSON.stringify({
    v: 2,
    parts: Array.from({ length: WIRE_LIMITS.events }, () => ({
      common: { unit_type: "user", unit_id: "u_1", ...common },
      events: [click({ unit_type: undefined, unit_id: undefined })],
    })),
  });

/** Bodies by name: valid ones, then refused ones, then those of few bytes. */
export const FOUND: readonly NamedBody[] = [
  {
    name: "escapes",
    what: "32 events of 32 KiB: texts of 4 KB written as \\u0001",
    make: () =>
      rawFilled(
        32,
        (bytes) => `{${Array.from({ length: Math.floor(bytes / 4_090) }, (_, i) => `"k${i}":"${"\\u0001".repeat(680)}"`)}}`,
      ),
  },
  {
    name: "duplicate-keys",
    what: "500 events, one key again and again",
    make: () => rawFilled(500, (bytes) => `{${copies(Math.floor((bytes - 2) / 6), '"a":1')}}`),
  },
  {
    name: "unsorted-keys",
    what: "500 events of keys in no order, no two events with the same",
    make: () =>
      filled(500, (bytes, nth) => ({
        payload: members(
          bytes,
          () => 1,
          256,
          (i) => (((nth * 256 + i) * 2_654_435_761) % 4_294_967_296).toString(36),
        ),
      })),
  },
  {
    name: "like-numbers",
    what: "32 events of 32 KiB: texts that look like minus zero",
    make: large((bytes) => ({ l: list(bytes, () => ",-0") })),
  },
  {
    name: "nested-texts",
    what: "32 events of 32 KiB: a text within six lists, again and again",
    make: large((bytes) => ({ l: list(bytes, () => [[[[[[""]]]]]]) })),
  },
  {
    name: "percent",
    what: "32 events of 32 KiB: lists of short texts, an encoded letter in each",
    make: large((bytes) => ({ l: list(bytes, () => "%41aaa") })),
  },
  {
    name: "alike-keys",
    what: "500 events, each key an e-mail address, the same in all",
    make: () =>
      filled(500, (bytes) => ({
        payload: members(
          bytes,
          () => 1,
          118,
          (i) => `${i}@b.co`,
        ),
      })),
  },
  {
    name: "short-items",
    what: "500 decisions of 60 items with a name of one letter",
    make: () =>
      filled(500, (bytes) => ({
        event_type: "decision",
        item_id: undefined,
        items: copies(Math.floor(bytes / 30), { item_id: "a", position: 1 }),
      })),
  },
  {
    name: "blank-lines",
    what: "an event, and a million blank lines",
    type: LINES,
    make: () => JSON.stringify(click({})) + "\n".repeat(ROOM),
  },
  {
    name: "cloud-events",
    what: "500 CloudEvents, a quote in each value",
    type: "application/cloudevents-batch+json",
    make: () =>
      JSON.stringify(
        Array.from({ length: 500 }, () => {
          const { event_id: id, ...data } = click({ payload: members(SHARE - OVERHEAD - 120, (i) => `"${i}`, 118) });
          return { specversion: "1.0", id, source: "a", type: "click", data };
        }),
      ),
  },
  {
    name: "zeros",
    what: "refused: 500 events of minus zeros, which are read as infinite",
    make: () => rawFilled(500, (bytes) => rawList(bytes, "-0")),
  },
  {
    name: "too-deep",
    what: "refused: 32 events of 32 KiB: lists in lists, first a text and last one list too deep",
    make: large((bytes) => ({ l: ["", ...list(bytes - 33, () => [[[[[[]]]]]]), [[[[[[[[[]]]]]]]]]] })),
  },
  {
    name: "brackets",
    what: "refused: 32 events of 32 KiB, nothing but lists in lists",
    make: () => rawFilled(32, (bytes) => "[".repeat(bytes / 2) + "]".repeat(bytes / 2)),
  },
  {
    name: "wide",
    what: "refused: one event of 95,000 unknown fields",
    make: () => batch([click(members(ROOM - OVERHEAD, () => 1, Infinity))]),
  },
  {
    name: "wide-common",
    what: "refused: the same, with a common",
    make: () =>
      batch([click({ ...members(ROOM - OVERHEAD - 50, () => 1, Infinity), unit_id: undefined })], { common: { unit_id: "u_1" } }),
  },
  {
    name: "one-list",
    what: "refused: one event, a list of addresses",
    make: () => batch([click({ payload: { l: list(ROOM - OVERHEAD, () => "a@b.co") } })]),
  },
  {
    name: "last-item",
    what: "refused: 500 decisions of 60 items, an e-mail address as the last",
    make: () =>
      filled(500, (bytes) => {
        const items = copies(Math.floor(bytes / 30) - 1, { item_id: "a", position: 1 });
        return { event_type: "decision", item_id: undefined, items: [...items, { item_id: "a@b.co", position: 1 }] };
      }),
  },
  {
    name: "refused-parts",
    what: "refused: 500 parts, each with a common of addresses and what is no experiment",
    make: () => partsOf({ context: members(1_600, (i) => `${i}@b.co`, 118), experiments: 1 }),
  },
  {
    name: "broken-lines",
    what: "refused: 500 lines, each of them without its last bracket",
    type: LINES,
    make: () =>
      Array.from({ length: 500 }, () =>
        JSON.stringify(click({ payload: members(SHARE - OVERHEAD - 20, sentence) })).slice(0, -1),
      ).join("\n"),
  },
  {
    name: "least",
    what: "500 events with nothing that they could do without",
    few: true,
    make: () => batch(Array.from({ length: 500 }, (_, i) => ({ ...least, item_id: `${i}` }))),
  },
  { name: "empties", what: "refused: 500 times {}", few: true, make: () => batch(copies(500, {})) },
  { name: "nulls", what: "refused: 500 times null", few: true, make: () => batch(copies(500, null)) },
  {
    name: "misspelt",
    what: "refused: 500 types that are nearly one",
    few: true,
    make: () => batch(Array.from({ length: 500 }, (_, i) => ({ ...least, event_type: `validator_interventi${i % 100}` }))),
  },
  {
    name: "empty-parts",
    what: "refused: 500 parts with {} in each",
    few: true,
    make: () => JSON.stringify({ v: 2, parts: copies(500, { events: [{}] }) }),
  },
];
