import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { migrateStore } from "../../../../relay/stores/postgres/migrate.ts";
import { freePort } from "../../../services/free-port.ts";
import { freshDatabase } from "../../../services/postgres.ts";
import { startSightline } from "../../cli/run.ts";
import { storeStage } from "./stage.ts";

const postgres = inject("postgres");
const missing = "missing" in postgres ? postgres.missing : undefined;
const server = "url" in postgres ? postgres.url : "";
const PATIENCE = { timeout: 30_000, interval: 50 };

describe.skipIf(missing !== undefined)(`running the Postgres store${missing === undefined ? "" : `: ${missing}`}`, () => {
  let stage: Awaited<ReturnType<typeof storeStage>>;
  beforeEach(async () => void (stage = await storeStage(server)));
  afterEach(() => stage.end());

  test("while Postgres is out nothing is lost; it is told once, at /readyz too, and stored when it is back", async () => {
    await stage.publish({ id: "out-00000001", event_type: "click" });
    const port = await freePort();
    const running = startSightline(["store", "postgres", "--json"], { ...stage.settings, STORE_POSTGRES_PORT: String(port) });
    const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
    const stored = () => stage.query("SELECT count(*)::int AS n FROM exp.events").catch(() => []);
    await vi.waitFor(async () => expect(await stored()).toEqual([{ n: 1 }]), PATIENCE);
    await vi.waitFor(async () => expect((await ask("/readyz")).status).toBe(200), PATIENCE);
    const name = new URL(stage.url).pathname.slice(1);
    const admin = new Client({ connectionString: server });
    await admin.connect();
    await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [name]);
    await stage.publish({ id: "out-00000002", event_type: "click" }, { id: "out-00000003", event_type: "click" });
    await vi.waitFor(async () => expect((await ask("/readyz")).status).toBe(503), PATIENCE);
    expect(await (await ask("/readyz")).text()).toMatch(/^postgres: /m);
    await vi.waitFor(async () => {
      const view = (await (await ask("/health")).json()) as object;
      expect(view).toMatchObject({ healthy: false, stored: 1, lag: 2, faults: { postgres: expect.any(String) } });
    }, PATIENCE);
    await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await admin.end();
    await vi.waitFor(async () => expect(await stored()).toEqual([{ n: 3 }]), PATIENCE);
    await vi.waitFor(async () => expect((await ask("/readyz")).status).toBe(200), PATIENCE);
    running.stop();
    const { code, out, err } = await running.ended;
    expect({ code, ...(JSON.parse(out) as object) }).toEqual({ code: 0, stored: 3, duplicates: 0, refused: 0 });
    expect(err.match(/postgres: postgres: .*it is tried again, and nothing is lost/g)).toHaveLength(1);
    expect(err.match(/postgres is back/g)).toHaveLength(1);
  });

  test("once, it gives up where Postgres is out for too long, and nothing is acknowledged", async () => {
    await stage.publish({ id: "once-0000001", event_type: "click" });
    const gone = { ...stage.settings, DATABASE_URL: "postgres://127.0.0.1:1/none" };
    const { code, err } = await startSightline(["store", "postgres", "--once", "--patience", "1s"], gone).ended;
    expect(code).toBe(1);
    expect(err).toMatch(/postgres: .*; given up after 1 s, and what is not stored is not acknowledged/);
    expect(await stage.store()).toMatchObject({ code: 0, stored: 1 });
  });

  test("connections that are cut in the middle of writes lose nothing and double nothing", async () => {
    const events = Array.from({ length: 600 }, (_, n) => ({ id: `cut-${String(n).padStart(8, "0")}`, event_type: "click" }));
    await stage.publish(...events);
    const running = startSightline(["store", "postgres", "--json"], { ...stage.settings, STORE_POSTGRES_BATCH_SIZE: "20" });
    const rows = async () => (await stage.query("SELECT count(*)::int AS n FROM exp.events").catch(() => []))[0]?.["n"] ?? 0;
    let cuts = 0;
    for (let had = 0; had < events.length; had = Number(await rows())) {
      const { rowCount } = await stage.pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'sightline' AND query ~ '^(BEGIN|COPY|INSERT|COMMIT)'",
      );
      cuts += rowCount ?? 0;
      if (cuts >= 2) break;
    }
    await vi.waitFor(async () => expect(await rows()).toBe(events.length), PATIENCE);
    running.stop();
    const { code, out } = await running.ended;
    expect({ code, ...(JSON.parse(out) as object) }).toMatchObject({ code: 0, refused: 0 });
    expect(cuts).toBeGreaterThan(0);
  });

  test("several that start at once make the tables once", async () => {
    const url = await freshDatabase(server);
    const clients = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const client = new Client({ connectionString: url });
        await client.connect();
        return client;
      }),
    );
    const ran = await Promise.all(clients.map(migrateStore));
    expect(ran.flat().toSorted()).toEqual(["0001_tables", "0002_views"]);
    await Promise.all(clients.map((client) => client.end()));
  });

  test("the store needs its schema and no more, and an analyst the views alone", async () => {
    const admin = new Client({ connectionString: stage.url });
    await admin.connect();
    // As docs/stores.md has it.
    await admin.query(`
      CREATE ROLE sightline_store LOGIN;
      CREATE SCHEMA exp AUTHORIZATION sightline_store;
      CREATE ROLE sightline_analyst LOGIN;
    `);
    await stage.publish({ id: "role-00000001", event_type: "click" });
    const as = (username: string) => Object.assign(new URL(stage.url), { username }).href;
    expect(await stage.store({ DATABASE_URL: as("sightline_store") })).toMatchObject({ stored: 1 });
    await admin.query(`
      GRANT USAGE ON SCHEMA exp TO sightline_analyst;
      GRANT SELECT ON exp.exposures, exp.attributed, exp.metrics_by_variant TO sightline_analyst;
    `);
    await admin.query("SET ROLE sightline_analyst");
    expect((await admin.query("SELECT count(*)::int AS n FROM exp.attributed")).rows).toEqual([{ n: 1 }]);
    await expect(admin.query("SELECT * FROM exp.events")).rejects.toThrow("permission denied");
    await expect(admin.query("SELECT * FROM exp.events_default")).rejects.toThrow("permission denied");
    await admin.query("RESET ROLE; REVOKE ALL ON SCHEMA exp FROM sightline_analyst");
    await admin.query(
      "DROP OWNED BY sightline_analyst; DROP OWNED BY sightline_store CASCADE; DROP ROLE sightline_analyst; DROP ROLE sightline_store",
    );
    await admin.end();
  });

  test("without a database, or with a bus that nobody can subscribe to, it says what is missing", async () => {
    const { settings } = stage;
    const none = startSightline(["store", "postgres"], { ...settings, DATABASE_URL: "" });
    expect(await none.ended).toMatchObject({
      code: 2,
      err: expect.stringContaining("DATABASE_URL: expected the address of the Postgres"),
    });
    const off = startSightline(["store", "postgres"], { ...settings, ENABLE_EVENT_BUS: "false" });
    expect(await off.ended).toMatchObject({ code: 2, err: expect.stringContaining("EVENT_PUBLISHER: expected a bus") });
  });
});
