/** `npm run stream-kills [-- task-manager|jvm]`: what is killed under the stream jobs, and whether they are exact after it. A table; exit code 1 where they are not. */
import process from "node:process";
import { obtainFlink } from "../../../services/flink.ts";
import { startKafka } from "../../../services/kafka.ts";
import { startPostgres } from "../../../services/postgres.ts";
import { killJvm } from "./kill-jvm.ts";
import { killTaskManager } from "./kill-task-manager.ts";
import type { Row } from "./table.ts";

const began = performance.now();
const say = (line: string): void => void process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0)} s: ${line}\n`);
const flink = await obtainFlink();
if ("missing" in flink) throw new Error(flink.missing);
const trials: Record<string, (servers: { brokers: string; url: string }) => Promise<Row[]>> = {
  "task-manager": (servers) => killTaskManager(servers, flink.lib, say),
  jvm: (servers) => killJvm(servers, say),
};
const { 2: wanted } = process.argv;
if (wanted !== undefined && !(wanted in trials))
  throw new Error(`expected one of ${Object.keys(trials).join(", ")}, got ${wanted}`);
const [kafka, postgres] = await Promise.all([startKafka(), startPostgres()]);
try {
  for (const [name, trial] of Object.entries(trials)) {
    if (wanted !== undefined && wanted !== name) continue;
    for (const { trial: of, what, got, expected, exact } of await trial({ brokers: kafka.brokers, url: postgres.url })) {
      process.stdout.write(`${exact ? "exact" : "WRONG"}  ${of}: ${what}: ${got}${exact ? "" : `, expected ${expected}`}\n`);
      if (!exact) process.exitCode = 1;
    }
  }
} finally {
  await Promise.all([kafka.stop(), postgres.stop()]);
}
