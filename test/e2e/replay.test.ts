/** The replay of real logs through a running stack, and its figures, exactly; with the relay killed under it too. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import type { Summary } from "../../demo/replay/summary.ts";
import type { VerifyReport } from "../../relay/analysis/verify/report.ts";
import { sightline } from "../relay/cli/run.ts";
import { freshDatabase } from "../services/postgres.ts";
import { spawnTied } from "../services/spawn-tied.ts";
import { dataFolder, ROOT, spawnStack, type StackProcess } from "./stack-process.ts";

const DATA = join(ROOT, "../shared/data/obd");
const BTS = join(DATA, "men-bts.csv");
const RANDOM = join(DATA, "men-random.csv");
const missing = [BTS, RANDOM].filter((file) => !existsSync(file)).map((file) => `${file} is not there`);
const PATIENCE = { timeout: 60_000, interval: 50 };

const postgres = inject("postgres");
const { dataDir, remove } = dataFolder();
let stack: StackProcess;

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

async function run(script: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const child = spawnTied(process.execPath, [join(ROOT, script), ...args], {
    env: { ...process.env, EVENT_PUBLISHER: "local", DATA_DIR: dataDir, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, "close")) as [number];
  const [stdout, stderr] = await output;
  return { code, stdout, stderr };
}

const replay = (...args: string[]) => run("demo/replay.ts", args);

async function replayed(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Summary> {
  const { code, stdout, stderr } = await run("demo/replay.ts", [...args, "--json"], env);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Summary;
}

async function verify(surface: string, env: NodeJS.ProcessEnv = {}): Promise<VerifyReport> {
  const settings = { ...process.env, EVENT_PUBLISHER: "local", DATA_DIR: dataDir, ...env };
  const { code, out, err } = await sightline(["verify", "--json", "--surface", surface], settings);
  expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out) as VerifyReport;
}

/** Waits until `verify` says so: the relay has written its last counts a moment after it acked. */
const verified = (surface: string, expected: object, env?: NodeJS.ProcessEnv): Promise<void> =>
  vi.waitFor(async () => expect(await verify(surface, env)).toMatchObject(expected), PATIENCE);

const sum = (list: number[]): number => list.reduce((total, n) => total + n, 0);

/** The results of the queries that a page shows, in their order. */
async function queriesOf(page: string, database: string): Promise<Record<string, unknown>[][]> {
  const queries = [...(await readFile(page, "utf8")).matchAll(/```sql\n(SELECT.*?)```/gs)];
  const client = new Client({ connectionString: database });
  await client.connect();
  try {
    const results = [];
    for (const [, query] of queries) results.push((await client.query<Record<string, unknown>>(query!)).rows);
    return results;
  } finally {
    await client.end();
  }
}

/** The figures of a log: rows and clicks by position. */
function figures(rows: number[], clicks: number[]) {
  const positions = rows.map((exposures, i) => [String(i + 1), expect.objectContaining({ exposures, clicks: clicks[i] })]);
  return {
    exposures: sum(rows),
    outcomes: { click: sum(clicks) },
    joined: sum(clicks),
    orphans: 0,
    rejected: {},
    by_position: Object.fromEntries(positions) as unknown,
  };
}

const BTS_FIGURES = figures([3339, 3262, 3399], [30, 21, 18]);
const RANDOM_FIGURES = figures([3284, 3388, 3328], [10, 22, 14]);

/** Kills the relay so many times, each time when the one before has come up again and has worked a little. */
async function killRelay(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await sleep(50 + (i % 5) * 90);
    const { relay_pid } = stack.file();
    process.kill(relay_pid, "SIGKILL");
    await vi.waitFor(() => expect(stack.file().relay_pid).not.toBe(relay_pid), PATIENCE);
  }
}

beforeAll(async () => {
  stack = spawnStack(dataDir);
  await stack.ready;
});

afterAll(async () => {
  await stack?.stop();
  remove();
});

describe.skipIf(missing.length > 0)(`a replay${missing.map((reason) => `: ${reason}`).join("")}`, () => {
  test("gives the log's own figures; a second run is a resend, and adds nothing", async () => {
    const first = await replayed([RANDOM]);
    expect(first).toMatchObject({ sent: 10_046, accepted: 10_046, duplicates: 0, rejected: {} });
    expect(first.bus).toMatchObject({ delivered: 10_046, duplicates: 0, dead_lettered: 0 });
    await verified("obd.men-random", { ...RANDOM_FIGURES, duplicates: 0 });
    const second = await replayed([RANDOM]);
    expect(second.bus).toMatchObject({ delivered: 0, duplicates: 10_046, dead_lettered: 0 });
    await verified("obd.men-random", { ...RANDOM_FIGURES, duplicates: 10_046 });
  });

  test("gives the same, sent twice and shuffled while the relay is killed ten times", async () => {
    const replaying = replayed([BTS, "--twice", "--shuffle", "--rate", "1000"]);
    const killing = killRelay(10);
    const summary = await replaying;
    await killing;
    expect(summary).toMatchObject({ sent: 20_138, rejected: {} });
    expect(summary.accepted + summary.duplicates).toBe(20_138);
    expect(summary.bus).toMatchObject({ delivered: 10_069, duplicates: 10_069, dead_lettered: 0 });
    await verified("obd.men-bts", { ...BTS_FIGURES, duplicates: 10_069 });
  });

  test.skipIf("missing" in postgres)("gives the same by SQL in Postgres, as docs/stores.md asks for it", async () => {
    const database = await freshDatabase("url" in postgres ? postgres.url : "");
    const env = { ...process.env, EVENT_PUBLISHER: "local", DATA_DIR: dataDir, DATABASE_URL: database };
    const stored = await sightline(["store", "postgres", "--once", "--json"], env);
    expect({ ...stored, out: JSON.parse(stored.out) as object }).toMatchObject({
      code: 0,
      out: { stored: 20_115, duplicates: 0, refused: 0 },
    });
    const [rate, ctr] = await queriesOf("docs/stores.md", database);
    expect(rate).toEqual([{ tenant_id: "demo", event_type: "click", outcomes: "115", join_rate: "1.00000000000000000000" }]);
    const rows = ctr!.map(({ surface, position, exposures, clicks }) => [surface, position, Number(clicks), Number(exposures)]);
    expect(rows).toEqual([
      ...[
        [30, 3339],
        [21, 3262],
        [18, 3399],
      ].map((of, i) => ["obd.men-bts", i + 1, ...of]),
      ...[
        [10, 3284],
        [22, 3388],
        [14, 3328],
      ].map((of, i) => ["obd.men-random", i + 1, ...of]),
    ]);
  });

  test.skipIf("missing" in postgres)("a backend logs plans, and docs/ingestion.md asks for a metric by variant", async () => {
    const [example, page] = await Promise.all(
      ["examples/plan-metrics/main.ts", "docs/ingestion.md"].map((file) => readFile(file, "utf8")),
    );
    const shown = /```ts\n(.*?)```/s.exec(page!)![1]!;
    expect(example!.replaceAll(/^ {2}/gm, "")).toContain(shown.trim());
    const { collector, server_key } = stack.file();
    const logged = await run("examples/plan-metrics/main.ts", [], { COLLECTOR: collector, SERVER_KEY: server_key });
    expect(logged).toEqual({ code: 0, stdout: "3 accepted\n", stderr: "" });
    const database = await freshDatabase("url" in postgres ? postgres.url : "");
    const env = { ...process.env, EVENT_PUBLISHER: "local", DATA_DIR: dataDir, DATABASE_URL: database };
    await vi.waitFor(async () => {
      await sightline(["store", "postgres", "--once"], env);
      const [metrics, latency] = await queriesOf("docs/ingestion.md", database);
      const found = metrics!.map(({ variant_id, metric, events, mean }) => [
        String(variant_id).slice(0, 2),
        metric,
        Number(events),
        mean,
      ]);
      expect(found).toEqual([
        ["0b", "latency_ms", 2, 500],
        ["1c", "latency_ms", 1, 210],
        ["0b", "token_count", 2, 1_050],
        ["1c", "token_count", 1, 1_500],
      ]);
      expect(latency!.map(({ plans, latency_ms }) => [Number(plans), latency_ms])).toEqual([
        [2, 500],
        [1, 210],
      ]);
    }, PATIENCE);
  });

  test("says for people what it did", async () => {
    const { code, stdout } = await replay(BTS);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^obd\.men-bts: 10,069 events sent in [\d.]+ s, [\d,]+ a second$/m);
    expect(stdout).toContain("on the bus: 0 new, 10,069 copies dropped, 0 dead letters");
  });

  test("finishes what it began, and ends as it would, where nobody reads its output any more", async () => {
    const file = join(dataDir, "short.csv");
    await writeFile(file, (await readFile(RANDOM, "utf8")).split("\n").slice(0, 1_501).join("\n"));
    const child = spawnTied(process.execPath, [join(ROOT, "demo/replay.ts"), file, "--rate", "5000"], {
      env: { ...process.env, EVENT_PUBLISHER: "local", DATA_DIR: dataDir },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    child.stderr.destroy();
    expect(await once(child, "close")).toEqual([0, null]);
    await verified("obd.short", { exposures: 1_500, duplicates: 0 });
  });

  test("says which collector it did not reach", async () => {
    const { code, stderr } = await replay(BTS, "--endpoint", stack.file().collector, "--key", "sk_unknown");
    expect(code).toBe(1);
    expect(stderr).toContain("unauthorized");
  });

  test("says what to do where no stack runs", async () => {
    const { code, stderr } = await run("demo/replay.ts", [BTS], { DATA_DIR: join(dataDir, "nobody") });
    expect(code).toBe(2);
    expect(stderr).toContain("start one with npm start, or name a collector with --endpoint and --key");
  });
});

const kafka = inject("kafka");
const lacking = [...missing, ...("missing" in kafka ? [kafka.missing] : [])];

describe.skipIf(lacking.length > 0)(`a replay to Kafka${lacking.map((reason) => `: ${reason}`).join("")}`, () => {
  test("gives the same figures there", async () => {
    const id = randomUUID();
    const folder = dataFolder();
    const env = {
      DATA_DIR: folder.dataDir,
      EVENT_PUBLISHER: "kafka",
      KAFKA_BROKERS: (kafka as { brokers: string }).brokers,
      KAFKA_TOPIC_PREFIX: `replay-${id}.`,
      RELAY_SLOT: id.slice(0, 8),
    };
    const onKafka = spawnStack(folder.dataDir, env);
    try {
      await onKafka.ready;
      const summary = await replayed([BTS, "--twice", "--shuffle"], env);
      expect(summary.bus).toMatchObject({ delivered: 10_069, duplicates: 10_069, dead_lettered: 0 });
      await verified("obd.men-bts", { ...BTS_FIGURES, duplicates: 10_069 }, env);
    } finally {
      await onKafka.stop();
      folder.remove();
    }
  });
});

test("a file that is no such log is refused before anything is sent", async () => {
  const { code, stderr } = await replay(join(ROOT, "package.json"));
  expect(code).toBe(2);
  expect(stderr).toContain("expected: timestamp,item_id,position,click,propensity_score,user_feature_0");
  const nothing = await replay(join(dataDir, "nothing.csv"));
  expect(nothing.code).toBe(2);
  expect(nothing.stderr).toContain("nothing.csv: there is no such file");
});
