import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { writeBlock } from "../../../relay/state/block-writer.ts";
import type { KeyVersion } from "../../../relay/state/key-hash.ts";
import { createKeys, KEY_WORDS, SHARED } from "../../../relay/state/keys.ts";
import { createMarkerList } from "../../../relay/state/marker-list.ts";
import { putContent, putOwner } from "../../../relay/state/words.ts";

interface Given {
  id: string;
  tenant_id: string;
  key_kind: "web" | "server";
  event_type: string;
  content_hash: string;
  request_id: string;
  unit_type: string;
  unit_id: string;
  timestamp: string;
  items: { item_id: string; placement: string }[];
}

const facts: Given = {
  id: "event-01",
  tenant_id: "t1",
  key_kind: "web",
  event_type: "exposure",
  content_hash: "0".repeat(32),
  request_id: "req-1",
  unit_type: "user",
  unit_id: "u1",
  timestamp: "2026-01-01T10:00:00Z",
  items: [{ item_id: "a", placement: "" }],
};

/** The words of an event: key, content hash and owner, and behind them its items' keys. */
function wordsOf(given: Given, salt: string, version: KeyVersion = 2): Uint32Array {
  const { key_kind, items } = given;
  const words = new Uint32Array(10 + items.length * KEY_WORDS);
  const keys = createKeys(salt, version);
  const prefix = keys.prefix(given.tenant_id);
  const [id, content] = [Buffer.from(given.id), Buffer.from(given.content_hash)];
  keys.event(prefix, key_kind, id, 0, id.length, words, 0);
  putContent(content, 0, content.length, words, 4);
  putOwner(id, 0, id.length, words, 8);
  const texts = [
    ...Object.keys(SHARED).map((name) => given[name as keyof typeof SHARED]),
    ...items.flatMap((item) => [item.item_id, item.placement]),
  ];
  let at = 0;
  const places = texts.flatMap((text) => [at, (at += Buffer.byteLength(text))]);
  const [shared, rest] = [Int32Array.from(places.slice(0, 10)), Int32Array.from(places.slice(10))];
  const count = keys.items(
    prefix,
    key_kind,
    { bytes: Buffer.from(texts.join("")), shared, items: rest, count: items.length },
    words,
    10,
  );
  return words.subarray(0, 10 + count * KEY_WORDS);
}

const hex = (words: Uint32Array): string => Buffer.from(words.buffer, words.byteOffset, words.byteLength).toString("hex");
const ofEvent = (given: Given, salt: string, version?: KeyVersion): string =>
  hex(wordsOf(given, salt, version).subarray(0, KEY_WORDS));
const ofItems = (given: Given, salt: string, version?: KeyVersion): string[] =>
  hex(wordsOf(given, salt, version).subarray(10)).match(/.{32}/g) ?? [];

type Parts = [tenant: string, request: string, unitType: string, unit: string, item: string, placement: string];
const keyOf = ([tenant_id, request_id, unit_type, unit_id, item_id, placement]: Parts) =>
  ofItems({ ...facts, tenant_id, request_id: `r${request_id}`, unit_type, unit_id, items: [{ item_id, placement }] }, "1");

const conflict = (salt: string, content_hash: string, version: KeyVersion = 2, given = facts) =>
  hex(createKeys(salt, version).conflict(wordsOf({ ...given, content_hash }, salt, version), 0));

describe("the keys of an event", () => {
  const odd: Given = {
    ...facts,
    id: "événement 😀 01",
    tenant_id: "ténant",
    key_kind: "server",
    content_hash: "odd",
    unit_type: "",
    unit_id: "ü".repeat(600),
    timestamp: "2026-01-01T10:00:00.123Z",
    items: [{ item_id: "😀", placement: "top" }],
  };

  // Written by the version whose keys were strings.
  test.each([
    ["plain", facts, "9642157fdd1ca3eba06eac58dae8441a", "ed8043f8a9ee4204d992bd8567624400", "a21d5af5d845afefb0f1588940f00383"],
    ["odd", odd, "830052d82cee8148fa60f67b9f3ea611", "4af8cd142989178cb1305dba866bccd8", "81888a66f26b055d645c01583af2ba30"],
  ])("are what stores that are older have: %s", (_, given, event, item, other) => {
    expect(ofEvent(given, "42", 1)).toBe(event);
    expect(ofItems(given, "42", 1)).toEqual([item]);
    expect(conflict("42", given.content_hash, 1, given)).toBe(other);
  });

  test.each([
    [
      "plain",
      facts,
      "534c424b0200000007000000000000007b68e5cf8b010000b6bf10df00000000000000000000000000000000e7039f799642157fdd1ca3eba06eac58dae8441a000000000000000000000000000000005b44afe602a8118c00f15365d1d86b7a9642157fdd1ca3eba06eac58dae8441a07000000000000000000000000000000000000000500000000f15365ae2f3ab8",
    ],
    [
      "odd",
      odd,
      "534c424b0200000007000000000000007b68e5cf8b01000034e97e0a000000000000000000000000000000007c288eaa830052d82cee8148fa60f67b9f3ea611ab244717dcfefbeedcfefbeedcfefbeea2e1ade402ae57d300f15365dbacd9ad830052d82cee8148fa60f67b9f3ea61107000000000000000000000000000000000000000500000000f15365499f12f7",
    ],
  ])("and a block of the log is: %s", (_, given, block) => {
    const [markers, words] = [createMarkerList(), wordsOf(given, "42", 1)];
    markers.put(words, 0, words, 4, true);
    const messages = [{ key: words.slice(0, KEY_WORDS), isInPart: true }];
    expect(writeBlock(markers, messages, { slot: 5, seq: 7, at: 1_700_000_000_123 })).toBe(2);
    expect(hex(markers.words.subarray(0, 36))).toBe(block);
  });

  test("differ from store to store", () => {
    const keys = ["1", "2"].flatMap((salt) => [ofEvent(facts, salt), ...ofItems(facts, salt)]);
    expect(new Set(keys).size).toBe(4);
  });

  test("differ wherever one of their parts does, however the parts are cut", () => {
    const part = fc.string({ maxLength: 4, unit: fc.constantFrom("a", "b", "1", ":", "é", "\n") });
    const parts = fc.tuple(part, part, part, part, part, part);
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(JSON.stringify(keyOf(a)) === JSON.stringify(keyOf(b))).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 2_000 },
    );
  });

  test("are the same for one instant, however it is written", () => {
    const times = ["2026-01-01T10:00:00Z", "2026-01-01T10:00:00.000Z", "2026-01-01t10:00:00.000000000+00:00"];
    expect(new Set(times.flatMap((timestamp) => ofItems({ ...facts, timestamp }, "1"))).size).toBe(1);
  });

  test("are those of each item and placement, and none where there is no request", () => {
    const twice = { ...facts, items: [...facts.items, ...facts.items, { item_id: "a", placement: "top" }] };
    expect(new Set(ofItems(twice, "1")).size).toBe(2);
    expect(ofItems({ ...twice, request_id: "" }, "1")).toEqual([]);
  });

  test("of web keys and of server keys are two namespaces, whatever the ids", () => {
    const both = (["web", "server"] as const).flatMap((key_kind) => {
      const one = { ...facts, key_kind };
      return [ofEvent(one, "1"), ofEvent({ ...one, id: `${one.id}server` }, "1"), ...ofItems(one, "1")];
    });
    expect(new Set(both).size).toBe(6);
  });

  test("another content under one id has a key of its own, in this store", () => {
    expect(new Set([conflict("1", "x"), conflict("1", "y"), conflict("2", "x")]).size).toBe(3);
  });

  // By the first version 90 of these collided, in a store whose salt has 15 digits: an event that shares its key with another is lost.
  test("differ for every id of a million that are alike but for two numbers", () => {
    const keys = createKeys("7".repeat(15), 2);
    const [prefix, key, seen] = [keys.prefix("demo"), new Uint32Array(KEY_WORDS), createMarkerList()];
    const event = new Uint32Array(6);
    for (let request = 1; request <= 50_000; request++) {
      for (let nth = 1; nth <= 20; nth++) {
        const id = Buffer.from(`${request.toString(16).padStart(10, "0")}fk7l5kveCLF-${nth}`);
        keys.event(prefix, "web", id, 0, id.length, key, 0);
        seen.put(key, 0, event, 0, false);
      }
    }
    expect(seen.count).toBe(1_000_000);
  });
});
