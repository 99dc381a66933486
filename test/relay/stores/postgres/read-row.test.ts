import { expect, test } from "vitest";
import { readRow } from "../../../../relay/stores/postgres/read-row.ts";
import { EVENTS, TABLES } from "../../../../relay/stores/columns/tables.ts";
import { envelope, type Made } from "./envelopes.ts";

const read = (value: string | Buffer) =>
  readRow({
    topic: "t",
    key: "k",
    headers: {},
    value: Buffer.from(value),
    partition: 3,
    offset: 7n,
    publishedAt: "2026-03-01T10:00:02.000Z",
  });

const made = (payload: Record<string, unknown>, more: Partial<Made> = {}) =>
  JSON.stringify(envelope({ id: "event-1", event_type: "click", payload, ...more }));

/** The cells of a row by column, as COPY reads them. */
function cells(value: string): Record<string, string | undefined> {
  const row = read(value);
  if ("code" in row) throw new Error(row.message);
  const unescaped = row.line.slice(0, -1).split("\t");
  return Object.fromEntries(EVENTS.columns.map(({ name }, i) => [name, unescaped[i]]));
}

test("a number that JavaScript would round keeps its digits, in each kind of JSON; a usual one takes no other way", () => {
  const json = '{"n":12345678901234567890,"m":[0.1234567890123456789,1e+100,-0.5e-120],"x":"a 12345678901234567890"}';
  const value = made({ payload: "HERE" }).replace('"HERE"', json);
  expect(cells(value)["payload"]).toBe(json);
  expect(cells(made({ payload: { n: 0.029411764705882353 } }))["payload"]).toBe('{"n":0.029411764705882353}');
});

test.each([
  ["1e400", "beyond"],
  ["-1e999", "beyond"],
  ["1e-400", "beyond"],
])("a number that no double holds is refused: %s", (number, expected) => {
  const row = read(made({ metrics: { n: "HERE" } }).replace('"HERE"', number));
  expect(row).toEqual({ code: "unstorable", message: expect.stringContaining(expected) });
});

test.each([
  ["text that is no JSON", "nothing", "expected a JSON object"],
  ["a list", "[]", "expected a JSON object"],
  ["bytes that are no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), "expected a JSON object"],
  ["another's JSON", '{"type":"order.placed"}', "type: expected the type of an envelope"],
  ["an event without a payload", '{"type":"app.event.recorded.v1"}', "payload: expected an object"],
  ["an event without an id", made({}, { id: "" }), "id: expected a value"],
  ["an event without a tenant", made({}, { metadata: { tenant_id: null } }), "metadata.tenant_id: expected a value"],
  ["an event without a unit", made({ unit_id: null }), "payload.unit_id: expected a value"],
  [
    "an event without a time",
    made({ timestamp: null }, { occurred_at: "2026-03-01T10:00:00Z" }),
    "payload.timestamp: expected a value",
  ],
])("%s is no event", (_what, value, message) => {
  expect(read(value)).toEqual({ code: "no_event", message });
});

test.each([
  ["a unit that is a number", { unit_id: 5 }, "payload.unit_id: expected text"],
  ["a position between two", { position: 1.5 }, "payload.position: expected a whole number of at most 2^53"],
  ["a position that is other text", { position: "first" }, "payload.position: expected a whole number of at most 2^53"],
  [
    "a time without a zone",
    { timestamp: "2026-03-01T10:00:00" },
    "payload.timestamp: expected a time such as 2026-01-01T10:00:00.123Z",
  ],
  [
    "a word that Postgres would take as a time",
    { timestamp: "infinity" },
    "payload.timestamp: expected a time such as 2026-01-01T10:00:00.123Z",
  ],
  ["items that are no list", { items: {} }, "payload.items: expected a list"],
  ["an item without an id", { items: [{ position: 1 }] }, "payload.items: 0: item_id: expected text"],
  [
    "an item whose position is too large",
    { items: [{ item_id: "a", position: 2 ** 31 }] },
    "payload.items: 0: position: expected a whole number of 32 bits",
  ],
  [
    "a propensity that is text",
    { items: [{ item_id: "a", position: 1, propensity: "half" }] },
    "payload.items: 0: propensity: expected a number",
  ],
  ["an experiment that is text", { experiments: ["a"] }, "payload.experiments: 0: expected an object"],
  ["metrics that are a list", { metrics: [] }, "payload.metrics: expected an object"],
  [
    "NUL in text",
    { surface: "a\0b" },
    String.raw`payload.surface: expected no \u0000 and no half of a surrogate pair, which Postgres cannot keep`,
  ],
  [
    "NUL in JSON",
    { payload: { deep: ["\0"] } },
    String.raw`payload.payload: expected no \u0000 and no half of a surrogate pair, which Postgres cannot keep`,
  ],
  [
    "half of a pair in JSON",
    { context: { "\uD83C": 1 } },
    String.raw`payload.context: expected no \u0000 and no half of a surrogate pair, which Postgres cannot keep`,
  ],
])("%s is refused, by its place and without its value", (_what, payload, message) => {
  expect(read(made(payload))).toEqual({ code: "unstorable", message });
});

test("what only looks like an escape, and a whole pair, are stored as they are", () => {
  const payload = { text: String.raw`\u0000 \ud83c`, pair: "🍮" };
  expect(cells(made({ payload }))["payload"]).toBe(JSON.stringify(payload).replaceAll("\\", "\\\\"));
});

test("nanoseconds are cut, not rounded into the next day", () => {
  const value = made({ timestamp: "2026-03-01T23:59:59.999999999Z" });
  expect(cells(value)["timestamp"]).toBe("2026-03-01T23:59:59.999999Z");
  expect(read(value)).toMatchObject({ day: "2026-03-01" });
});

test("the day is that of UTC, whatever zone a time names", () => {
  expect(read(made({ timestamp: "2026-03-01T23:30:00-05:00" }))).toMatchObject({ day: "2026-03-02" });
});

test("a place on a bus whose places are longer than 64 bits is left out", () => {
  const value = Buffer.from(made({}));
  const row = readRow({
    topic: "t",
    key: "k",
    headers: {},
    value,
    partition: 0,
    offset: 1n << 90n,
    publishedAt: "2026-03-01T10:00:02Z",
  });
  expect(row).toMatchObject({ line: expect.stringMatching(/\tt\t0\t\\N\t2026-03-01T10:00:02Z\n$/) });
});

test("every type of envelope has a table", () => {
  const types = TABLES.flatMap((table) => table.types);
  expect(new Set(types).size).toBe(types.length);
  for (const type of types) expect(read(made({}, { type }))).not.toMatchObject({ code: "no_event" });
});
