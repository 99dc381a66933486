/** `npm run outbox`: the trial of the outbox at its full scale, 10,000 transactions and 20 kills; other sizes as two arguments. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { startPostgres } from "../../../services/postgres.ts";
import { runTrial } from "./trial.ts";

const [transactions = 10_000, kills = 20] = process.argv.slice(2).map(Number);
const { url, stop } = await startPostgres();
const dataDir = await mkdtemp(join(tmpdir(), "sightline-outbox-"));
try {
  const began = performance.now();
  const verdict = await runTrial({ url, dataDir, transactions, kills, onProgress: (line) => process.stderr.write(`${line}\n`) });
  const seconds = Math.round((performance.now() - began) / 1000);
  process.stdout.write(`${JSON.stringify({ ...verdict, seconds }, undefined, 2)}\n`);
  const { missing, wrong, outOfOrder, killed } = verdict;
  if (missing + wrong + outOfOrder.length > 0 || killed !== kills) process.exitCode = 1;
} finally {
  await rm(dataDir, { recursive: true, force: true });
  await stop();
}
