/** Valid bodies that cost more than others when they were looked for: of what JSON can say that no event has. */
import {
  click,
  copies,
  filled,
  large,
  list,
  members,
  OVERHEAD,
  ROOM,
  rawFilled,
  SHARE,
  short,
  unsorted,
  type NamedBody,
} from "./body-parts.ts";

/** Bodies by name. */
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
          (i) => unsorted(nth * 256 + i),
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
    name: "encoded-keys",
    what: "500 events, each key an e-mail address with its @ encoded, in no order",
    make: () =>
      filled(500, (bytes, nth) => ({
        payload: members(
          bytes,
          () => 1,
          200,
          (i) => `${unsorted(nth * 200 + i)}%40b.co`,
        ),
      })),
  },
  {
    name: "alike-keys",
    what: "500 events, each key an e-mail address, the same in all",
    make: short(
      () => 1,
      (i) => `${i}@b.co`,
    ),
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
    type: "application/x-ndjson",
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
];
