/**
 * The trial of the store on Kafka: the Open Bandit log, each event twice and in another order, while the store's process is killed again and again
 * and a second member comes and goes. Then what SQL says is held against the log.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "pg";
import { checkLog } from "../../../../demo/replay/log-file.ts";
import { logEvents } from "../../../../demo/replay/log-events.ts";
import { shuffle } from "../../../../demo/replay/shuffle.ts";
import type { BusRecord } from "../../../../relay/bus/port/record.ts";
import { kafkaServiceBus } from "../../../services/bus-of.ts";
import { expelMembers } from "../../../services/expel-members.ts";
import { freshDatabase } from "../../../services/postgres.ts";
import { startSightlineProcess } from "../../cli/run-process.ts";
import { recordOf } from "./envelopes.ts";

/** How large it is. */
export interface Trial {
  /** Address of a Postgres, and of a Kafka. */
  url: string;
  brokers: string;
  /** The log. */
  file: string;
  /** Times that the store is killed. */
  kills: number;
  onProgress?: (line: string) => void;
}

/** What came of it. */
export interface Verdict {
  /** Times that the store ended by SIGKILL while not everything was stored. */
  killed: number;
  /** Records on the topics. */
  records: number;
  /** Rows of exp.events. */
  rows: number;
  /** By position: clicks, exposures. */
  positions: string[];
  /** Clicks that are not joined. */
  orphans: number;
  /** What a store that begins after all has ended still finds to store. */
  left: number;
  /** Exit codes of the members that were told to end. */
  ended: (number | NodeJS.Signals | null)[];
}

const FIGURES = `SELECT x.position || ': ' || coalesce(clicks, 0) || '/' || exposures AS line
  FROM (SELECT position, count(*) AS exposures FROM exp.exposures GROUP BY 1) AS x
  LEFT JOIN (SELECT position, count(*) AS clicks FROM exp.attributed WHERE joined GROUP BY 1) AS c USING (position) ORDER BY x.position`;
/** Rows that a store is let to add before it is killed. */
const SOME = 300;
const POLL_MS = 20;
const PATIENCE_MS = 60_000;

/** Runs it. */
export async function runTrial({ url, brokers, file, kills, onProgress = () => {} }: Trial): Promise<Verdict> {
  const databaseUrl = await freshDatabase(url);
  const pool = new Pool({ connectionString: databaseUrl });
  const [prefix, group] = [`store-${randomUUID()}.`, `store-${randomUUID()}`];
  const records = await publishTwice(brokers, prefix, file);
  onProgress(`${records} records`);
  // Small transactions, so that there is a middle to be killed in.
  const env = {
    DATABASE_URL: databaseUrl,
    EVENT_PUBLISHER: "kafka",
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC_PREFIX: prefix,
    KAFKA_CONSUMER_MAX_POLL_RECORDS: "20",
    STORE_POSTGRES_GROUP: group,
    STORE_POSTGRES_BATCH_SIZE: "20",
    STORE_POSTGRES_LINGER_MS: "0",
  };
  const start = (...options: string[]) => startSightlineProcess(["store", "postgres", ...options], env);
  const rows = async (): Promise<number> => {
    const counted = await pool.query<{ n: number }>("SELECT count(*)::int AS n FROM exp.events").catch(() => undefined);
    return counted?.rows[0]?.n ?? 0;
  };
  const hasRows = async (n: number): Promise<void> => {
    const until = Date.now() + PATIENCE_MS;
    while ((await rows()) < n) {
      if (Date.now() > until) throw new Error(`expected ${n} rows within ${PATIENCE_MS} ms, got ${await rows()}`);
      await sleep(POLL_MS);
    }
  };
  const all = records / 2;
  const verdict: Verdict = { killed: 0, records, rows: 0, positions: [], orphans: 0, left: 0, ended: [] };
  let member = start();
  let second: typeof member | undefined;
  try {
    for (let kill = 0; kill < kills; kill++) {
      await hasRows(Math.min(all, (await rows()) + SOME));
      member.child.kill("SIGKILL");
      await member.exited;
      if ((await rows()) < all) verdict.killed++;
      // As a coordinator does with a member that is silent, without the wait for that.
      await expelMembers(brokers, group);
      onProgress(`killed with ${await rows()} rows`);
      member = start();
      if (kill % 3 === 0) second = start();
      else if (second !== undefined) {
        second.child.kill("SIGTERM");
        verdict.ended.push(await second.exited);
        second = undefined;
      }
    }
    await hasRows(all);
    for (const one of second === undefined ? [member] : [member, second]) {
      one.child.kill("SIGTERM");
      verdict.ended.push(await one.exited);
    }
    const last = start("--once", "--json");
    verdict.ended.push(await last.exited);
    verdict.left = (JSON.parse(last.out()) as { stored: number }).stored;
    verdict.rows = await rows();
    verdict.positions = (await pool.query<{ line: string }>(FIGURES)).rows.map(({ line }) => line);
    const orphans = await pool.query<{ n: number }>("SELECT count(*)::int AS n FROM exp.attributed WHERE NOT joined");
    verdict.orphans = orphans.rows[0]?.n ?? -1;
    return verdict;
  } finally {
    for (const one of [member, second]) one?.child.kill("SIGKILL");
    await pool.end();
  }
}

/** Publishes the events of the log, each twice, in another order; resolves with how many records that are. */
async function publishTwice(brokers: string, prefix: string, file: string): Promise<number> {
  const log = await checkLog(file);
  const records: BusRecord[] = [];
  async function* twice() {
    for await (const event of logEvents(file).eventsOf(log.read())) yield* [event, event];
  }
  for await (const event of shuffle(twice(), "trial")) {
    const { event_id, event_type } = event;
    records.push(recordOf({ id: String(event_id), event_type, payload: { ...event } }, prefix));
  }
  const bus = kafkaServiceBus({ KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix });
  try {
    await bus.open([...new Set(records.map(({ topic }) => topic))]);
    for (let at = 0; at < records.length; at += 1_000) await bus.publish({ number: 0, records: records.slice(at, at + 1_000) });
  } finally {
    await bus.close();
  }
  return records.length;
}
