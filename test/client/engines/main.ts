/**
 * `npm run matrix [-- name…]`: the scenarios of delivery and exposure in every engine, in their long form, a line each; --write puts the table into
 * docs/integrate.md. Exit code 1: a promise was broken; 2: not understood, or nothing to write.
 */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { startCollector } from "../../../dev/collector.ts";
import { ENGINES } from "../../services/engines/all.ts";
import { startWay } from "../matrix/way.ts";
import { integratePage, PAGE } from "./integrate-page.ts";
import { runMatrix, type Row } from "./run-matrix.ts";
import { LONG } from "./scenario.ts";
import { SCENARIOS } from "./scenarios/all.ts";
import { lineOf } from "./table.ts";

const names = SCENARIOS.map(({ name }) => name);
const engines = ENGINES.map(({ name }) => name);
const USAGE = `npm run matrix [-- name…] [--engine ${engines.join("|")}] [--runs N] [--json] [--write]\nnames: ${names.join(", ")}`;

/** Runs what the command line names; returns the exit code. */
async function main(): Promise<number> {
  const { scenarios, chosen, runs, json, write } = readArgs();
  const way = await startWay((options) => startCollector({ consumerTimeout: 0, ...options }));
  const rows: Row[] = [];
  try {
    for (const engine of chosen) {
      for await (const row of runMatrix({ engine, scenarios, runs, way, size: LONG })) {
        rows.push(row);
        if (!json) console.log(lineOf(row));
      }
    }
  } finally {
    await way.close();
  }
  if (json) console.log(JSON.stringify(rows, undefined, 2));
  if (write) {
    writeFileSync(PAGE, integratePage(SCENARIOS, rows));
    console.error("docs/integrate.md has the table of this run.");
  }
  const broken = rows.filter(({ problems }) => problems.length > 0).length;
  console.error(broken === 0 ? `${rows.length} rows, no promise broken` : `${broken} of ${rows.length} rows broke their promise`);
  return broken === 0 ? 0 : 1;
}

function readArgs() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      engine: { type: "string", multiple: true },
      runs: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
  });
  const unknown = [
    ...positionals.filter((name) => !names.includes(name)),
    ...(values.engine ?? []).filter((name) => !engines.some((one) => one === name)),
  ];
  if (unknown.length > 0) throw new Error(`expected names of scenarios and engines, got ${unknown.join(", ")}`);
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`expected --runs from 1, got ${values.runs}`);
  return {
    scenarios: SCENARIOS.filter(({ name }) => positionals.length === 0 || positionals.includes(name)),
    chosen: ENGINES.filter(({ name }) => values.engine === undefined || values.engine.includes(name)),
    runs,
    json: values.json,
    write: values.write,
  };
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exitCode = 2;
}
