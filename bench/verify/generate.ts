/** Makes an archive by SQL: a day of requests, each with a decision of three items, an exposure of them, and two clicks. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { hourFolder } from "../../relay/stores/archive/layout.ts";
import { EVENTS } from "../../relay/stores/columns/tables.ts";
import { literal, quoted } from "../../relay/stores/duckdb/sql.ts";
import { openDuckDb } from "../../relay/stores/duckdb/open.ts";

/** Events of a request. */
const EACH = 4;
const HOURS = 24;
const DAY = Date.parse("2026-03-01T00:00:00.000Z");
const EXPERIMENT = "6f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5";
const VARIANTS = ["0b9f8e7d-6c5b-4a39-8877-665544332211", "1b9f8e7d-6c5b-4a39-8877-665544332211"];

/** What is not null; of event `n` (0 to 3) of request `i`, at `ts`. */
const VALUES: Readonly<Record<string, string>> = {
  tenant_id: "'shop'",
  key_kind: "CASE n WHEN 0 THEN 'server' ELSE 'web' END",
  event_id: "CASE n WHEN 0 THEN md5('d' || i) ELSE session || '-' || ((i % 4) * 3 + n) END",
  type: "CASE n WHEN 0 THEN 'rec.decision.made.v1' WHEN 1 THEN 'rec.exposure.recorded.v1' ELSE 'rec.outcome.recorded.v1' END",
  event_type: "CASE n WHEN 0 THEN 'decision' WHEN 1 THEN 'exposure' ELSE 'click' END",
  unit_type: "'user'",
  unit_id: "'u_' || (hash(i) % 500000)",
  request_id: "md5('r' || i)[1:21]",
  surface: "['home.top_picks', 'home.recent', 'search.results', 'cart.also'][(1 + hash(i, 1) % 4)::BIGINT]",
  item_id: "CASE WHEN n > 1 THEN 'sku-' || (hash(i, (i + n) % 3 + 1) % 20000) END",
  items: `CASE WHEN n < 2 THEN list_transform([1, 2, 3], lambda p: {
    item_id: 'sku-' || (hash(i, p) % 20000), position: p, placement: NULL, score: NULL, propensity: 0.05,
    basis: CASE n WHEN 1 THEN 'viewable' END}) END`,
  experiments: `[{experiment_id: '${EXPERIMENT}', variant_id: ['${VARIANTS.join("', '")}'][(1 + hash(i) % 2)::BIGINT]}]`,
  context: `'{"policy_version_id":"ranker-7"}'`,
  flags: "[]",
  timestamp: "ts",
  occurred_at: "ts",
  received_at: "ts + to_milliseconds(800)",
  source: "'web/1.0.0'",
  trace_id: "md5('t' || i || n)",
  session_id: "CASE WHEN n > 0 THEN session END",
  seq: "CASE WHEN n > 0 THEN (i % 4) * 3 + n END",
  country: "'NL'",
  schema: "'event@1'",
  content_hash: "md5('c' || i || n)",
  topic: "'events'",
  partition: "0",
  offset: "i * 4 + n",
  published_at: "ts + to_milliseconds((900 + hash(i, n) % 500)::BIGINT)",
};

/** Makes it in a folder; resolves with the number of its events. */
export async function generate(folder: string, events: number, say: (text: string) => void): Promise<number> {
  const duckDb = await openDuckDb({ memoryMb: 2_000 });
  const anHour = Math.floor(events / EACH / HOURS);
  try {
    for (let hour = 0; hour < HOURS; hour++) {
      const start = new Date(DAY + hour * 3_600_000);
      const path = join(folder, hourFolder(EVENTS, start));
      mkdirSync(path, { recursive: true });
      const columns = EVENTS.columns.map(({ name, duckdb }) => `(${VALUES[name] ?? "NULL"})::${duckdb} AS ${quoted(name)}`);
      const rows = `SELECT i, n, md5('s' || (i // 4)) AS session,
        TIMESTAMPTZ ${literal(start.toISOString())} + to_microseconds(((i - ${hour * anHour}) * 3500000000 // ${anHour} + n * 1000000)::BIGINT) AS ts
        FROM range(${hour * anHour}, ${(hour + 1) * anHour}) AS requests(i), range(${EACH}) AS events(n)`;
      const file = literal(join(path, "events_bench-1-2.parquet"));
      await duckDb.connection.run(
        `COPY (SELECT ${columns.join(", ")} FROM (${rows}) ORDER BY ts) TO ${file} (FORMAT parquet, COMPRESSION zstd)`,
      );
      say(`made hour ${hour + 1} of ${HOURS}`);
    }
    return anHour * EACH * HOURS;
  } finally {
    duckDb.close();
  }
}
