/** The queries of docs/events.md, as they stand there, on a real SQL engine. */
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";

const page = readFileSync(new URL("../../../docs/events.md", import.meta.url), "utf8");
const [byId = "", byFour = ""] = [...page.matchAll(/```sql\n(.+?)```/gs)].map(([, query]) => query);

function run(query: string, table: string, columns: string, rows: string[][]): number {
  const db = new DatabaseSync(":memory:");
  db.exec(`CREATE TABLE ${table} (${columns}, received_at)`);
  const insert = db.prepare(`INSERT INTO ${table} VALUES (${rows[0]?.map(() => "?").join()}, ?)`);
  rows.forEach((row, at) => insert.run(...row, at));
  return db.prepare(query).all().length;
}

test("by its id an event of a page and one of a backend are two, and copies one", () => {
  const columns = "tenant_id, key_kind, event_id";
  const rows = [
    ["t1", "web", "event-01"],
    ["t1", "server", "event-01"],
    ["t1", "web", "event-01"],
    ["t2", "web", "event-01"],
  ];
  expect(run(byId, "events", columns, rows)).toBe(3);
});

test("by the key of four, copies under other ids are one, and so are three purchases of one millisecond: not for outcomes", () => {
  const columns = "request_id, item_id, event_type, timestamp";
  const at = "2026-01-01T10:00:00.000Z";
  const seen = ["r1", "a", "exposure", at];
  const bought = ["r1", "a", "purchase", at];
  expect(run(byFour, "items", columns, [seen, seen, ["r1", "b", "exposure", at], bought, bought, bought])).toBe(3);
});
