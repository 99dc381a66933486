import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Facts, TEXT } from "../../../../relay/service/decode/facts.ts";
import { parseFacts } from "../../../../relay/service/decode/parse-facts.ts";
import { scanFacts } from "../../../../relay/service/decode/scan-facts.ts";
import { readPack } from "../../../../worker/src/envelope/pack.ts";
import { wireText } from "../../../wire/load.ts";
import { ODD_PIECES } from "../../odd-pieces.ts";
import { envelope, pack } from "../../queue.ts";

const [scanned, parsed] = [new Facts(), new Facts()];

/** All that the relay is told of an envelope. */
function told(facts: Facts): unknown {
  const texts = Object.entries(TEXT).map(([name, place]) => [name, facts.text(place)]);
  const items = Array.from({ length: facts.count * 2 }, (_, i) =>
    facts.bytes.toString("utf8", facts.items[i * 2], facts.items[i * 2 + 1]),
  );
  return { ...Object.fromEntries(texts), items, copies: facts.copies };
}

/** Whether a line was scanned; it is then what JSON.parse makes of it. */
function isScanned(line: string): boolean {
  const bytes = Buffer.from(`before\n${line}\nbehind`);
  const [start, end] = [7, bytes.length - 7];
  if (!scanFacts(bytes, start, end, scanned)) return false;
  expect({ line, fault: parseFacts(bytes.toString("utf8", start, end), parsed) }).toEqual({ line, fault: undefined });
  expect({ line, told: told(scanned) }).toEqual({ line, told: told(parsed) });
  return true;
}

const whole = envelope({ id: "event-01", items: [{ item_id: "a", placement: "top" }, { item_id: "b" }], copies: 3 });
const text = JSON.stringify(whole);
const odd = JSON.stringify({
  ...whole,
  id: "événement 😀",
  payload: { ...whole.payload, context: { note: 'a "quote" \\ \n', deep: [[{ a: [1.5e-7, -0, true, null, ""] }]] } },
});

describe("scanFacts", () => {
  test("understands what the collector writes: every line of the recorded packs", () => {
    const lines = ["pack.txt", "pack-rejects.txt", "pack-gzip.txt"].flatMap((name) => readPack(wireText(name)).lines);
    expect(lines.length).toBeGreaterThan(20);
    for (const line of [...lines, ...readPack(pack([whole])).lines, odd])
      expect({ line, isScanned: isScanned(line) }).toMatchObject({ isScanned: true });
  });

  test.each([
    ["white space", text.replace('"id":', '"id": ')],
    ["a member twice", text.replace('{"id"', '{"id":"another","id"')],
    ["a payload twice", text.replace('"payload":', '"payload":{},"payload":')],
    ["a name with an escape", text.replace('"id"', '"\\u0069d"')],
    ["an id with an escape", text.replace("event-01", "event\\u002d01")],
    ["an item that is no object", text.replace('"items":[', '"items":[1,')],
    ["items that are no list", text.replace(/"items":\[.*?\]/, '"items":{}')],
    ["no payload", text.replace('"payload"', '"payloat"')],
    ["an id that is no text", text.replace('"event-01"', "1")],
    ["an empty partition key", text.replace(/"partition_key":"[^"]*"/, '"partition_key":""')],
    ["a number of copies that is none of few digits", text.replace('"copies":3', '"copies":3e0')],
    ["65 arrays within each other", text.replace('"copies":3', `"copies":3,"x":${"[".repeat(65)}${"]".repeat(65)}`)],
    ["something behind it", `${text}x`],
    ["a control character", text.replace("home", "ho\tme")],
    ["an escape that is none", text.replace("home", "ho\\xme")],
    ["a number that is none", text.replace('"position":1', '"position":01')],
  ])("leaves %s to JSON.parse", (_, line) => {
    expect(line).not.toBe(text);
    expect(isScanned(line)).toBe(false);
  });

  test("says what JSON.parse says of every line that it takes, valid or not, however it was changed", () => {
    const piece = fc.constantFrom(...ODD_PIECES);
    const change = fc.record({ at: fc.nat(), cut: fc.nat({ max: 4 }), piece: fc.oneof(piece, fc.constant("")) });
    const value = fc.tuple(
      fc.constantFrom(
        ...Object.keys(whole),
        "payload.items",
        "payload.surface",
        "metadata.copies",
        "metadata.schema",
        "metadata.key_kind",
      ),
      fc.jsonValue({ maxDepth: 3 }),
    );
    let taken = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(text, odd),
        fc.array(change, { maxLength: 3 }),
        fc.option(value, { nil: undefined }),
        (from, changes, given) => {
          let line = from;
          if (given) {
            const copy = JSON.parse(from) as Record<string, Record<string, unknown>>;
            const [first = "", second] = given[0].split(".");
            if (second === undefined) copy[first] = given[1] as Record<string, unknown>;
            else copy[first]![second] = given[1];
            line = JSON.stringify(copy);
          }
          for (const { at, cut, piece: put } of changes) {
            const place = at % (line.length + 1);
            line = line.slice(0, place) + put + line.slice(place + cut);
          }
          // What a pack has is UTF-8, so half of a pair is none of it.
          if (isScanned(Buffer.from(line).toString())) taken++;
        },
      ),
      { numRuns: 20_000 },
    );
    expect(taken).toBeGreaterThan(2_000);
  });
});
