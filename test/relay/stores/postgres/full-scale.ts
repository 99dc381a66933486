/** `npm run store-kills -- LOG.csv [KILLS]`: the trial of the Postgres store on Kafka at its full scale, ten kills; other numbers as an argument. */
import process from "node:process";
import { startKafka } from "../../../services/kafka.ts";
import { startPostgres } from "../../../services/postgres.ts";
import { runTrial } from "./trial.ts";

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const [file, kills = "10"] = process.argv.slice(2);
if (file === undefined) throw new Error("expected the path of a log of the Open Bandit Dataset, got nothing");
const [kafka, postgres] = await Promise.all([startKafka(), startPostgres()]);
try {
  const began = performance.now();
  const verdict = await runTrial({ brokers: kafka.brokers, url: postgres.url, file, kills: Number(kills), onProgress: say });
  const seconds = Math.round((performance.now() - began) / 1000);
  process.stdout.write(`${JSON.stringify({ ...verdict, seconds }, undefined, 2)}\n`);
  if (verdict.rows * 2 !== verdict.records || verdict.left > 0 || verdict.killed !== Number(kills)) process.exitCode = 1;
} finally {
  await Promise.all([kafka.stop(), postgres.stop()]);
}
