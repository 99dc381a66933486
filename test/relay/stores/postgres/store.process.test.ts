import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { TABLES } from "../../../../relay/stores/columns/tables.ts";
import { storeStage } from "./stage.ts";

const postgres = inject("postgres");
const missing = "missing" in postgres ? postgres.missing : undefined;

const good = (n: number) => ({ id: `good-0000000${n}`, event_type: "click" });

describe.skipIf(missing !== undefined)(`the Postgres store${missing === undefined ? "" : `: ${missing}`}`, () => {
  let stage: Awaited<ReturnType<typeof storeStage>>;
  beforeAll(async () => {
    stage = await storeStage("url" in postgres ? postgres.url : "");
    await stage.store();
  });
  beforeEach(() => stage.query("TRUNCATE exp.events, exp.rejects, exp.client_reports"));
  afterAll(() => stage.end());

  test("makes the columns that every store has, in their types and their order", async () => {
    for (const { name, columns } of TABLES) {
      const found = await stage.query(
        "SELECT column_name AS name, data_type AS type FROM information_schema.columns WHERE table_schema = 'exp' AND table_name = $1 ORDER BY ordinal_position",
        [name],
      );
      const expected = columns.map((column) => ({
        name: column.name,
        type: column.postgres.replace("timestamptz", "timestamp with time zone"),
      }));
      expect(found).toEqual(expected);
    }
  });

  test("keeps what came: an empty list, what JSON and COPY escape, digits, microseconds", async () => {
    const odd = String.raw`\ \\ \n \N \. " '` + '\n\t\r\b\u2028 é 🍮 "q"';
    const payload = { text: odd, [odd]: [odd], empty: {}, none: null };
    await stage.publish({
      id: "odd-00000001",
      event_type: "click",
      payload: { item_id: odd, payload, experiments: [], timestamp: "2026-11-30T10:00:00.123456Z" },
    });
    expect(await stage.store()).toMatchObject({ stored: 1, refused: 0 });
    const [row] = await stage.query(
      `SELECT item_id, payload = $1::jsonb AS same, flags::text, experiments::text, context, "timestamp"::text FROM exp.events`,
      [JSON.stringify(payload)],
    );
    expect(row).toEqual({
      item_id: odd,
      same: true,
      flags: "[]",
      experiments: "[]",
      context: null,
      timestamp: expect.stringContaining(":00:00.123456"),
    });
  });

  test("puts what the collector refused, and what SDKs lost, into tables of their own", async () => {
    await stage.publish(
      {
        id: "rej_1",
        event_type: "unknown",
        type: "edge.event.rejected.v1",
        payload: { index: 5, error: "missing_timestamp", message: "m" },
      },
      { id: "report-1", event_type: "client_report", payload: { payload: { dropped: { full: 2 } } } },
    );
    expect(await stage.store()).toMatchObject({ stored: 2 });
    expect(await stage.query("SELECT error, index FROM exp.rejects")).toEqual([{ error: "missing_timestamp", index: "5" }]);
    expect(await stage.query("SELECT dropped FROM exp.client_reports")).toEqual([{ dropped: { full: 2 } }]);
    expect(await stage.query("SELECT count(*)::int AS n FROM exp.events")).toEqual([{ n: 0 }]);
  });

  test("stores an event once, for another group too, and all of a bus that was made anew and counts from the beginning", async () => {
    const event = { id: "once-00000001", event_type: "click" };
    const old = await storeStage("url" in postgres ? postgres.url : "", { DATABASE_URL: stage.url });
    await old.publish({ id: "once-00000000", event_type: "click" }, event);
    expect(await old.store()).toMatchObject({ stored: 2, duplicates: 0 });
    expect(await old.store({ STORE_POSTGRES_GROUP: "another" })).toMatchObject({ stored: 0, duplicates: 2 });
    await old.end();
    const anew = await storeStage("url" in postgres ? postgres.url : "", { DATABASE_URL: stage.url });
    await anew.publish({ id: "once-00000002", event_type: "click" }, event, { ...event, metadata: { key_kind: "web" } });
    // Its places are no higher than those that the group has written down of the bus before.
    expect(await anew.store()).toMatchObject({ stored: 2, duplicates: 1 });
    await anew.end();
    const found = await stage.query("SELECT event_id, key_kind FROM exp.events ORDER BY event_id, key_kind");
    expect(found.map(({ event_id, key_kind }) => `${String(event_id)} ${String(key_kind)}`)).toEqual([
      "once-00000000 server",
      "once-00000001 server",
      "once-00000001 web",
      "once-00000002 server",
    ]);
  });

  test("puts what it cannot store into the dead letters alone, with why, and stores its neighbours", async () => {
    await stage.publish(
      good(1),
      { id: "bad-00000001", event_type: "click", payload: { payload: { text: "a\0b" } } },
      good(2),
      // Only Postgres itself knows that there is no such day; and no index has an entry of that length.
      {
        id: "bad-00000002",
        event_type: "click",
        payload: { timestamp: "2026-02-30T10:00:00Z" },
        occurred_at: "2026-03-01T10:00:00Z",
      },
      good(3),
      { id: Array.from({ length: 4_000 }, () => Math.random().toString(36)).join(""), event_type: "click" },
      good(4),
      "no event",
    );
    const { err, ...counts } = await stage.store();
    expect(counts).toMatchObject({ code: 1, stored: 4, refused: 4 });
    expect(err).toMatch(
      /rec\.outcome\.recorded\.v1\/0\/\d+ cannot be stored, and is in the dead letters: database_refused 22008\n/,
    );
    expect(err).not.toContain("2026-02-30");
    const dead = await stage.deadLetters();
    const why = dead.map(({ metadata }) => [metadata["error_code"], metadata["error_message"]]);
    expect(why.toSorted()).toEqual([
      ["database_refused", expect.stringMatching(/^22008: /)],
      ["database_refused", expect.stringMatching(/^54000: /)],
      ["no_event", "expected a JSON object"],
      ["unstorable", expect.stringMatching(/^payload\.payload: expected no/)],
    ]);
    expect(dead.find(({ value }) => value.includes("bad-00000001"))?.value).toContain(String.raw`"a\u0000b"`);
    expect(await stage.store()).toMatchObject({ code: 0, stored: 0, refused: 0 });
  });

  test("stores what is new beside what is there already and what is refused, whichever comes into a batch", async () => {
    const server = "url" in postgres ? postgres.url : "";
    const many = Array.from({ length: 60 }, (_, n) => ({ id: `many-${String(n).padStart(8, "0")}`, event_type: "click" }));
    const [first, second] = await Promise.all([1, 2].map(() => storeStage(server, { DATABASE_URL: stage.url })));
    await first!.publish(many[35]!, many[36]!, many[58]!);
    expect(await first!.store()).toMatchObject({ stored: 3 });
    const noDay = {
      id: "many-no-day",
      event_type: "click",
      payload: { timestamp: "2026-02-30T10:00:00Z" },
      occurred_at: "2026-03-01T10:00:00Z",
    };
    // Of one key, so that they come in their order.
    const inOrder = [...many.slice(0, 20), noDay, ...many.slice(20)].map((one) => ({
      ...one,
      metadata: { partition_key: "one" },
    }));
    await second!.publish(...inOrder);
    expect(await second!.store({ STORE_POSTGRES_BATCH_SIZE: "10" })).toMatchObject({ stored: 57, duplicates: 3, refused: 1 });
    expect(await stage.query("SELECT count(*)::int AS n FROM exp.events")).toEqual([{ n: 60 }]);
    await Promise.all([first!.end(), second!.end()]);
  });
});
