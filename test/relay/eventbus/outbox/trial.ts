/**
 * The trial of the outbox: services commit and roll back at once, while the worker's process is killed again and again. Then what is on the
 * bus is held against what was committed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createReadableBus } from "../../../../relay/bus/create.ts";
import { readConfig } from "../../../../relay/service/settings/config.ts";
import { startSightlineProcess } from "../../cli/run-process.ts";
import { outboxStage } from "./stage.ts";

/** How large it is. */
export interface Trial {
  /** Address of a Postgres. */
  url: string;
  /** Folder for the bus. */
  dataDir: string;
  /** A third of them is rolled back. */
  transactions: number;
  /** Times that the worker is killed. */
  kills: number;
  onProgress?: (line: string) => void;
}

/** What came of it. */
export interface Verdict {
  committed: number;
  rolledBack: number;
  /** Times that the worker ended by SIGKILL. */
  killed: number;
  /** Records on the bus. */
  records: number;
  /** Records whose event_id was there before. */
  again: number;
  /** Committed events that are not on the bus. */
  missing: number;
  /** Events on the bus that were rolled back, or are of nobody, or are not as they were queued. */
  wrong: number;
  /** Keys whose events, the first time that each is there, are in another order than that of their transactions. */
  outOfOrder: string[];
  keys: number;
}

const STREAM = "transport.trial-events";
const KEYS = 25;
const SERVICES = 8;

/** Runs it. */
export async function runTrial({ url, dataDir, transactions, kills, onProgress = () => {} }: Trial): Promise<Verdict> {
  const stage = await outboxStage(url);
  try {
    await stage.pool.query("CREATE TABLE counters (key text PRIMARY KEY, n integer NOT NULL)");
    await stage.pool.query("INSERT INTO counters SELECT 'key-' || k, 0 FROM generate_series(0, $1::int - 1) AS k", [KEYS]);
    const env = {
      DATABASE_URL: stage.url,
      EVENT_PUBLISHER: "local",
      DATA_DIR: dataDir,
      OUTBOX_POLL_MS: "100",
      OUTBOX_BATCH_SIZE: "50",
    };
    const committed = new Map<string, string>();
    const ended = { services: false };
    const services = serve(stage, transactions, committed).finally(() => (ended.services = true));
    const killed = await killAgainAndAgain(stage, { kills, env, expected: (transactions * 2) / 3, onProgress });
    await services;
    const last = startSightlineProcess(["outbox", "--once", "--json"], env);
    const code = await last.exited;
    if (code !== 0) throw new Error(`sightline outbox --once ended with ${code}: ${last.err()}`);
    return { ...judge(await recordsOf({ DATA_DIR: dataDir }), committed), rolledBack: transactions - committed.size, killed };
  } finally {
    await stage.end();
  }
}

/** Services that count a key up and queue the count, each in one transaction, of which every third is rolled back. */
async function serve(
  stage: Awaited<ReturnType<typeof outboxStage>>,
  transactions: number,
  committed: Map<string, string>,
): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    for (let i = next++; i < transactions; i = next++) {
      const tx = await stage.pool.connect();
      const key = `key-${Math.floor(Math.random() * KEYS)}`;
      await tx.query("BEGIN");
      const { rows } = await tx.query("UPDATE counters SET n = n + 1 WHERE key = $1 RETURNING n", [key]);
      const event = { event_type: "trial.key.counted.v1", key, n: rows[0].n as number, i };
      const queued = await stage.outbox.queueEvent(tx, STREAM, event, { partitionKey: key });
      await tx.query(i % 3 === 2 ? "ROLLBACK" : "COMMIT");
      if (i % 3 !== 2) committed.set(queued.event_id, JSON.stringify(queued));
      tx.release();
    }
  };
  await Promise.all(Array.from({ length: SERVICES }, one));
}

interface Killing {
  kills: number;
  env: NodeJS.ProcessEnv;
  /** Events that there will be. */
  expected: number;
  onProgress: (line: string) => void;
}

/** Starts the worker so many times, and kills it each time: by turns in the middle of its work, and between a publish and its mark. */
async function killAgainAndAgain(
  stage: Awaited<ReturnType<typeof outboxStage>>,
  { kills, env, expected, onProgress }: Killing,
): Promise<number> {
  const marked = async (): Promise<number> =>
    Number((await stage.pool.query("SELECT count(*) AS n FROM sightline_outbox WHERE status = 'published'")).rows[0].n);
  let killed = 0;
  for (let n = 0; n < kills; n++) {
    const between = n % 2 === 1 ? { SIGHTLINE_FAIL_POINT: `after_publish:${1 + (n % 3)}` } : {};
    const worker = startSightlineProcess(["outbox", "--workers", "3"], { ...env, ...between });
    const done = { yes: false };
    void worker.exited.then(() => (done.yes = true));
    const enough = Math.floor((expected * (n + 1)) / (kills + 2));
    while (!done.yes && (await marked()) < enough) await sleep(15);
    worker.child.kill("SIGKILL");
    const exit = await worker.exited;
    if (exit !== "SIGKILL") throw new Error(`the worker ended with ${exit}: ${worker.err()}`);
    killed++;
    onProgress(`killed ${killed} times, ${await marked()} events marked as published`);
  }
  return killed;
}

interface TrialRecord {
  id: string;
  value: string;
}

async function recordsOf(env: NodeJS.ProcessEnv): Promise<TrialRecord[]> {
  const bus = await createReadableBus(readConfig(env).bus);
  const records = await Array.fromAsync(bus.read({ topics: [STREAM] }));
  await bus.close();
  return records.map(({ headers, value }) => ({ id: headers["event_id"] ?? "", value: value.toString() }));
}

/** A count that was rolled back is counted again: those that committed are 1, 2, 3 without gaps. */
const inOrder = (counts: { n: number }[]): boolean => counts.every(({ n }, i) => n === i + 1);

const isSame = (value: string, queued: string | undefined): boolean => queued !== undefined && sorted(value) === sorted(queued);

/** Holds the bus against what was committed. */
function judge(records: TrialRecord[], committed: ReadonlyMap<string, string>): Omit<Verdict, "killed" | "rolledBack"> {
  const first = new Map<string, string>();
  for (const { id, value } of records) if (!first.has(id)) first.set(id, value);
  const events = [...first.values()].map((value) => JSON.parse(value) as { key: string; n: number });
  const byKey = Map.groupBy(events, ({ key }) => key);
  return {
    committed: committed.size,
    records: records.length,
    again: records.length - first.size,
    missing: [...committed.keys()].filter((id) => !first.has(id)).length,
    wrong: records.filter(({ id, value }) => !isSame(value, committed.get(id))).length,
    outOfOrder: [...byKey].filter(([, counts]) => !inOrder(counts)).map(([key]) => key),
    keys: byKey.size,
  };
}

/** The text of an object whatever the order of its fields. */
const sorted = (value: string): string =>
  JSON.stringify(Object.entries(JSON.parse(value) as object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
