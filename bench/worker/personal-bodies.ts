/** Bodies full of personal data, or of what looks like it: whatever the collector takes out it has to find first. */
import { batch, click, filled, large, list, members, short, type NamedBody } from "./body-parts.ts";

/** 500 events whose keys no two share. */
const distinct =
  (key: (i: number) => string, field = "payload") =>
  () =>
    filled(500, (bytes, nth) => ({
      [field]: members(
        bytes,
        () => 1,
        200,
        (i) => key(nth * 200 + i),
      ),
    }));

/** Bodies by name. */
export const PERSONAL: readonly NamedBody[] = [
  {
    name: "addresses",
    what: "500 events of 118 keys, an e-mail address in the last",
    make: short((i) => (i === 117 ? "a@b.example" : 'a"b')),
  },
  { name: "address-values", what: "500 events, each value an e-mail address", make: short((i) => `u${i}@example.org`) },
  {
    name: "short-addresses",
    what: "32 events of 32 KiB: lists of a@b.co",
    make: large((bytes) => ({ list: list(bytes, () => "a@b.co") })),
  },
  {
    name: "texts-of-addresses",
    what: "32 events of 32 KiB: texts of a@b.co again and again",
    make: large((bytes) => members(bytes, () => "a@b.co ".repeat(570), 8)),
  },
  { name: "address-keys", what: "500 events, each key an e-mail address", make: distinct((i) => `n${i}@b.co`) },
  { name: "phones", what: "500 events, each value a phone number", make: short((i) => `+31 6 1234 ${1_000 + i}`) },
  { name: "cards", what: "500 events, each value the number of a card", make: short(() => "4111 1111 1111 1111") },
  {
    name: "card-like",
    what: "32 events of 32 KiB: lists of 16 digits, of which one in ten is a card's number",
    make: large((bytes) => ({ list: list(bytes, (i) => String(4_111_111_111_111_111 + i)) })),
  },
  {
    name: "card-numbers",
    what: "the same, as numbers",
    make: large((bytes) => ({ list: list(bytes, (i) => 4_111_111_111_111_111 + i) })),
  },
  { name: "accounts", what: "500 events, each value an IBAN", make: short(() => "NL91 ABNA 0417 1643 00") },
  { name: "personal-names", what: "500 events of distinct names that end in password", make: distinct((i) => `k${i}_password`) },
  {
    name: "personal-metrics",
    what: "500 events of distinct metrics that are left out",
    make: distinct((i) => `m${i}_phone`, "metrics"),
  },
  { name: "distinct-names", what: "500 events of distinct names", make: distinct((i) => `n${i}`) },
  { name: "camel-names", what: "the same, of many words each", make: distinct((i) => `aBcDeF${i}Mail`) },
  {
    name: "personal-common",
    what: "500 small events, and a common of addresses that makes 1 MiB of them",
    make: () => {
      const common = { unit_type: "user", unit_id: "u_1", context: members(1_600, (i) => `a${i}@b.co`, 118) };
      const own = { unit_type: undefined, unit_id: undefined, context: { a: "a@b.co" } };
      return batch(
        Array.from({ length: 500 }, () => click(own)),
        { common },
      );
    },
    merged: 900_000,
  },
  {
    name: "personal-ids",
    what: "refused: 500 events of addresses, also as unit_id",
    make: () => filled(500, (bytes) => ({ unit_id: "a@b.co", payload: members(bytes, (i) => `u${i}@example.org`, 118) })),
  },
];
