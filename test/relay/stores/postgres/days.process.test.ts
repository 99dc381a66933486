import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { makeDay, readDays } from "../../../../relay/stores/postgres/days.ts";
import { dropOld } from "../../../../relay/stores/postgres/retention.ts";
import { keepUp } from "../../../../relay/stores/postgres/upkeep.ts";
import type { Made } from "./envelopes.ts";
import { storeStage } from "./stage.ts";

const postgres = inject("postgres");
const missing = "missing" in postgres ? postgres.missing : undefined;
const DAY_MS = 86_400_000;
const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);
const today = dayOf(Date.now());

/** Clicks of a day, the first at its first microsecond, the last at its last. */
function clicks(day: string, n: number, more: Partial<Made> = {}): Made[] {
  const from = Date.parse(day);
  return Array.from({ length: n }, (_, i) => {
    const at = new Date(from + (i * (DAY_MS - 1)) / Math.max(1, n - 1)).toISOString().slice(0, -1);
    const micros = i === n - 1 && n > 1 ? "999" : "000";
    return { id: `${day}-${i}`, event_type: "click", payload: { timestamp: `${at}${micros}Z` }, ...more };
  });
}

describe.skipIf(missing !== undefined)(`days of the Postgres store${missing === undefined ? "" : `: ${missing}`}`, () => {
  let stage: Awaited<ReturnType<typeof storeStage>>;
  let client: Client;
  beforeEach(async () => {
    stage = await storeStage("url" in postgres ? postgres.url : "");
    await stage.store();
    client = new Client({ connectionString: stage.url });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await stage.end();
  });

  const places = () =>
    stage.query("SELECT tableoid::regclass::text AS place, count(*)::int AS n FROM exp.events GROUP BY 1 ORDER BY 1");

  test("are those of UTC, whatever the time zone of the database; today and the next two are there", async () => {
    const name = new URL(stage.url).pathname.slice(1);
    await stage.query(`ALTER DATABASE ${name} SET timezone = 'America/New_York'`);
    await client.end();
    client = new Client({ connectionString: stage.url });
    await client.connect();
    await makeDay(client, "2026-01-02");
    await stage.publish(...clicks("2026-01-02", 100), ...clicks("2026-01-03", 100), ...clicks(today, 3));
    expect(await stage.store()).toMatchObject({ stored: 203 });
    expect(await places()).toEqual([
      { place: "exp.events_20260102", n: 100 },
      { place: "exp.events_20260103", n: 100 },
      { place: `exp.events_${today.replaceAll("-", "")}`, n: 3 },
    ]);
    const [bounds] = await stage.query(
      `SELECT to_char(min("timestamp") AT TIME ZONE 'UTC', 'DD HH24:MI:SS.US') AS first, to_char(max("timestamp") AT TIME ZONE 'UTC', 'DD HH24:MI:SS.US') AS last FROM exp.events_20260103`,
    );
    expect(bounds).toEqual({ first: "03 00:00:00.000000", last: "03 23:59:59.999999" });
    const ahead = [0, 1, 2].map((n) => dayOf(Date.now() + n * DAY_MS));
    expect([...(await readDays(client))]).toEqual(expect.arrayContaining(ahead));
  });

  test("that few events are of get no table, and one once they are many: with the rows that the default partition had of it", async () => {
    await stage.publish(...clicks("2025-06-01", 60), ...clicks("9000-01-01", 1));
    expect(await stage.store()).toMatchObject({ stored: 61 });
    expect(await places()).toEqual([{ place: "exp.events_default", n: 61 }]);
    await stage.publish(...clicks("2025-06-01", 60).map((one) => ({ ...one, id: `${one.id}-more` })));
    await stage.store();
    expect((await keepUp(client, { retentionDays: 90 })).made).toEqual(["2025-06-01"]);
    expect(await places()).toEqual([
      { place: "exp.events_20250601", n: 120 },
      { place: "exp.events_default", n: 1 },
    ]);
    // What is stored again finds its key, whichever partition that has come to.
    expect(await stage.store({ STORE_POSTGRES_GROUP: "again" })).toMatchObject({ stored: 0, duplicates: 121 });
  });

  test("are not waited for while a query holds the table: the default partition has their events meanwhile", async () => {
    const reader = await stage.pool.connect();
    await reader.query("BEGIN; SELECT count(*) FROM exp.events");
    await stage.publish(...clicks("2025-07-01", 120));
    expect(await stage.store()).toMatchObject({ stored: 120 });
    expect(await places()).toEqual([{ place: "exp.events_default", n: 120 }]);
    await reader.query("COMMIT");
    reader.release();
    expect((await keepUp(client, { retentionDays: 90 })).made).toEqual(["2025-07-01"]);
  });

  test("are dropped once the newest of their events came over RETENTION_DAYS ago, so that old events that came late stay", async () => {
    const long = { received_at: new Date(Date.now() - 100 * DAY_MS).toISOString() };
    const rows = [
      ...clicks("2025-08-01", 100, long),
      ...clicks("2025-08-02", 100, long),
      { id: "late-00000001", event_type: "click", payload: { timestamp: "2025-08-02T10:00:00Z" } },
      ...clicks("2025-08-03", 2, long),
      { id: "late-00000002", event_type: "click", payload: { timestamp: "2025-08-03T10:00:00Z" } },
    ];
    for (const day of ["2025-08-01", "2025-08-02"]) await makeDay(client, day);
    await stage.publish(...rows);
    await stage.store();
    // A store that ran for a moment may have begun already.
    await dropOld(client, new Date(Date.now() - 90 * DAY_MS));
    const found = await stage.query(
      "SELECT tableoid::regclass::text AS place, count(*)::int AS n FROM exp.events WHERE \"timestamp\" BETWEEN '2025-08-01' AND '2025-08-04' GROUP BY 1 ORDER BY 1",
    );
    expect(found).toEqual([
      { place: "exp.events_20250802", n: 101 },
      { place: "exp.events_default", n: 1 },
    ]);
    expect((await readDays(client)).has("2025-08-01")).toBe(false);
    expect(await dropOld(client, new Date(Date.now() + DAY_MS))).toMatchObject({ days: expect.arrayContaining(["2025-08-02"]) });
  });
});
