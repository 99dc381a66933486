/** Bodies that are refused, or have many events and few bytes, and cost more than others when they were looked for. */
import { WIRE_LIMITS } from "@sightline/client/wire";
import {
  addressKeys,
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

/** Bodies by name: refused ones, then those of few bytes. */
export const REFUSED: readonly NamedBody[] = [
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
    name: "last-field",
    what: "refused: 500 events whose keys are e-mail addresses, for what is checked after them",
    make: () =>
      filled(500, (bytes, nth) => ({
        seq: 0,
        payload: members(bytes, () => 1, 200, addressKeys(nth)),
      })),
  },
  {
    name: "late-unit",
    what: "refused: the same, for a unit_id that stands after them",
    make: () =>
      batch(
        Array.from({ length: 500 }, (_, nth) => {
          const { unit_id: _id, ...rest } = click({ payload: members(SHARE - OVERHEAD - 20, () => 1, 200, addressKeys(nth)) });
          return { ...rest, unit_id: "a@b.co" };
        }),
      ),
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
