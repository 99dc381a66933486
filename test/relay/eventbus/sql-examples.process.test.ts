import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, inject, test } from "vitest";
import { createReadableBus } from "../../../relay/bus/create.ts";
import { readConfig } from "../../../relay/service/settings/config.ts";
import { freshDatabase } from "../../services/postgres.ts";
import { sightline } from "../cli/run.ts";

const postgres = inject("postgres");
const execute = promisify(execFile);

async function example(name: string, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const file = fileURLToPath(new URL(`../../../examples/${name}/main.ts`, import.meta.url));
  const { stdout } = await execute(process.execPath, ["--no-warnings", file], { env: { PATH: process.env["PATH"], ...env } });
  return stdout.trim().split("\n");
}

test("the saga's example sends one order, and releases what the other had reserved", async () => {
  const said = await example("saga");
  expect(said.slice(-2)).toEqual(["order-1 is completed", "order-2 is compensated"]);
  expect(said).toContain("order-1: a lamp is on its way");
  expect(said).toContain("order-2: the reservation of order-2 is released");
  expect(said).toContain("  told: order-2 saga.step.failed.v1 charge charge: got payment.charge.refused.v1");
});

test("the example of event sourcing rebuilds a balance from its snapshot, and refuses what is based on an old version", async () => {
  expect(await example("event-sourcing")).toEqual([
    "the first time: a balance of 100 at version 4, from 4 events behind the last snapshot",
    "the second time: a balance of 100 at version 4, from 0 events behind the last snapshot",
    "refused: account-1: expected version 2, got 4",
    ...[10, 20, 30, 40].map((amount, i) => `on the bus: account-1 ${i + 1}, ${amount}`),
  ]);
});

describe.skipIf("missing" in postgres)(`on ${"missing" in postgres ? postgres.missing : "Postgres"}`, () => {
  test("the example of the interaction store has a row for each event that is published, and neither for a wrong one", async () => {
    const env = {
      DATABASE_URL: await freshDatabase("url" in postgres ? postgres.url : ""),
      DATA_DIR: await mkdtemp(join(tmpdir(), "sightline-interactions-")),
      LOG_LEVEL: "silent",
    };
    expect(await sightline(["outbox", "migrate"], env)).toMatchObject({ code: 0 });
    const said = await example("interaction-store", env);
    const ids = said.flatMap((line) => / as (\S+)$/.exec(line)?.[1] ?? []);
    expect(ids).toHaveLength(2);
    expect(said[2]).toMatch(/^click of no offer: neither recorded nor queued, .*offerId/);
    expect(await sightline(["outbox", "--once"], env)).toMatchObject({ code: 0 });
    const bus = await createReadableBus(readConfig(env).bus);
    const records = await Array.fromAsync(bus.read({ topics: ["interaction.recorded.v1"] }));
    await bus.close();
    expect(records.map(({ headers, key }) => [headers["event_id"], key])).toEqual(ids.map((id) => [id, "t1/c1"]));
    await rm(env.DATA_DIR, { recursive: true });
  });
});
