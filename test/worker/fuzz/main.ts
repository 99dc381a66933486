/** `npm run fuzz [-- --runs N] [--seed S]`: a million requests unless told otherwise. Exit code 1: one was not answered by the contract. */
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.ts";

const { values } = parseArgs({ options: { runs: { type: "string", default: "1000000" }, seed: { type: "string" } } });
const [runs, seed] = [Number(values.runs), values.seed === undefined ? Math.trunc(Math.random() * 2 ** 31) : Number(values.seed)];
if (!(runs >= 1) || !Number.isInteger(seed)) {
  console.error("npm run fuzz [-- --runs N] [--seed S]: whole numbers");
  process.exitCode = 2;
} else {
  console.log(`seed ${seed}`);
  const { failure, ...report } = await fuzz({ runs, seed, say: (text) => console.error(text) });
  console.log(JSON.stringify(report, null, 2));
  if (failure !== undefined) console.log(failure);
  const isWhole = report.queued.events === report.answered.events && report.queued.rejects === report.answered.rejects;
  if (failure !== undefined || !isWhole) process.exitCode = 1;
}
