import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createOutbox } from "../../../../relay/eventbus/outbox/outbox.ts";
import { freshDatabase } from "../../../services/postgres.ts";
import { sightline, startSightline } from "../run.ts";

const postgres = inject("postgres");

describe.skipIf("missing" in postgres)(`sightline outbox, on ${"missing" in postgres ? postgres.missing : "Postgres"}`, () => {
  let pool: Pool;
  let env: Record<"DATABASE_URL" | "DATA_DIR" | "LOG_LEVEL", string>;
  beforeAll(async () => {
    const url = await freshDatabase("url" in postgres ? postgres.url : "");
    pool = new Pool({ connectionString: url });
    env = { DATABASE_URL: url, DATA_DIR: await mkdtemp(join(tmpdir(), "sightline-cli-outbox-")), LOG_LEVEL: "silent" };
  });
  afterAll(async () => {
    await pool.end();
    await rm(env.DATA_DIR, { recursive: true });
  });

  const queue = async (stream: string, n: number): Promise<void> => {
    const tx = await pool.connect();
    await tx.query("BEGIN");
    await createOutbox().queueEvent(tx, stream, { event_type: "order.placed.v1", n, event_id: `e${n}` });
    await tx.query("COMMIT");
    tx.release();
  };

  test("migrate makes the table, once; --once publishes what is there and ends", async () => {
    expect(await sightline(["outbox", "migrate"], env)).toMatchObject({ code: 0, out: "the table sightline_outbox is there\n" });
    await queue("transport.orders", 1);
    expect(await sightline(["outbox", "migrate", "--json"], env)).toMatchObject({
      code: 0,
      out: '{"table":"sightline_outbox"}\n',
    });
    const { code, out, err } = await sightline(["outbox", "--once", "--json"], env);
    expect([code, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toEqual({ published: 1, failed: 0, deferred: 0, cleaned: 0, pending: 0 });
    expect(await sightline(["outbox", "--once", "--workers", "4"], env)).toMatchObject({
      code: 0,
      out: "published 0, failed 0, cleaned 0, 0 left\n",
    });
  });

  test("without --once it publishes until it is told to end", async () => {
    const running = startSightline(["outbox", "--json"], env);
    await queue("transport.orders", 2);
    await expect.poll(async () => (await pool.query("SELECT 1 FROM sightline_outbox WHERE status = 'pending'")).rowCount).toBe(0);
    running.stop();
    const { code, out } = await running.ended;
    expect([code, JSON.parse(out)]).toEqual([0, { published: 1, failed: 0, deferred: 0, cleaned: 0 }]);
  });

  test("what the bus refuses is an exit code of 1, is listed with its reason, and goes once the reason is gone and it is retried", async () => {
    await queue("no.such.form", 3);
    expect(await sightline(["outbox", "--once"], env)).toMatchObject({
      code: 1,
      out: "published 0, failed 1, cleaned 0, 0 left\n",
    });
    const { out } = await sightline(["outbox", "failed", "--json"], env);
    const row = JSON.parse(out) as { id: string };
    expect(row).toMatchObject({
      stream: "no.such.form",
      event_id: "e3",
      event_type: "order.placed.v1",
      attempts: 1,
      partition_key: null,
    });
    expect((await sightline(["outbox", "failed"], env)).out).toMatch(/^ID .* REASON\n\d+ .* no\.such\.form .* e3 .*\n$/);

    const anyName = { ...env, EVENT_BUS_TOPIC_NAMES: "any" };
    expect(await sightline(["outbox", "retry", "999"], env)).toMatchObject({ code: 1, out: "0 to be published again\n" });
    expect(await sightline(["outbox", "retry", row.id, "--json"], env)).toMatchObject({ code: 0, out: '{"retried":1}\n' });
    expect(await sightline(["outbox", "--once"], anyName)).toMatchObject({ code: 0 });
    expect(await sightline(["outbox", "failed"], env)).toMatchObject({ code: 0, out: "no failed events\n" });
  });

  test("is refused with exit code 2 where no database is named, where the bus is switched off, and for options that are none", async () => {
    expect(await sightline(["outbox"], {})).toMatchObject({
      code: 2,
      err: expect.stringContaining("DATABASE_URL: expected the address"),
    });
    const off = { ...env, ENABLE_EVENT_BUS: "false" };
    expect(await sightline(["outbox"], off)).toMatchObject({ code: 2, err: expect.stringContaining("switched off") });
    expect(await sightline(["outbox", "--workers", "0"], env)).toMatchObject({
      code: 2,
      err: expect.stringContaining("--workers: expected a whole number from 1 to 64, got 0"),
    });
    expect(await sightline(["outbox", "retry", "x"], env)).toMatchObject({ code: 2 });
    expect(await sightline(["outbox", "publsh"], env)).toMatchObject({
      code: 2,
      err: expect.stringContaining("migrate, failed, retry"),
    });
  });

  test("with --once a database that cannot be had, or without the table, is an exit code of 1", async () => {
    const nowhere = { ...env, DATABASE_URL: "postgres://postgres@127.0.0.1:1/postgres" };
    expect(await sightline(["outbox", "--once"], nowhere)).toMatchObject({
      code: 1,
      err: expect.stringContaining("ECONNREFUSED"),
    });
    const empty = { ...env, DATABASE_URL: await freshDatabase("url" in postgres ? postgres.url : "") };
    expect(await sightline(["outbox", "--once"], empty)).toMatchObject({
      code: 1,
      err: expect.stringContaining('relation "sightline_outbox" does not exist: sightline outbox migrate makes it'),
    });
  });
});

test("the help of sightline outbox is that of the command, and sightline's help names it and those beside it", async () => {
  expect((await sightline(["outbox", "--help"])).out).toContain("--once");
  const { out } = await sightline(["help"]);
  for (const usage of [
    "sightline outbox [--once]",
    "sightline outbox migrate",
    "sightline outbox failed",
    "sightline outbox retry [ID]",
  ])
    expect(out).toContain(usage);
});
