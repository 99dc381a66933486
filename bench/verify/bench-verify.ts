import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Bench, BenchOptions, BenchReport } from "../lib/bench.ts";
import { machine } from "../lib/machine.ts";
import { markdownTable } from "../lib/markdown-table.ts";
import { median } from "../lib/median.ts";
import { exact, whole } from "../lib/numbers.ts";
import { judge, verdictTable } from "../lib/verdict.ts";
import { generate } from "./generate.ts";

const run = promisify(execFile);
const RUN = fileURLToPath(new URL("run-verify.ts", import.meta.url));
const EVENTS = 10_000_000;
const QUICK_EVENTS = 100_000;
const MB = 1e6;

/** `sightline verify` over an archive of ten million events. */
export const benchVerify: Bench = { title: "sightline verify", names: ["parquet"], rounds: 3, run: measure };

interface Took {
  ms: number;
  cpuMs: number;
  rss: number;
}

async function measure({ rounds, quick, say }: BenchOptions): Promise<BenchReport> {
  const head = machine();
  const folder = await mkdtemp(join(tmpdir(), "sightline-bench-verify-"));
  try {
    const events = await generate(folder, quick ? QUICK_EVENTS : EVENTS, say);
    const took: Took[] = [];
    for (let round = 0; round < rounds; round++) {
      const { stdout, stderr } = await run(process.execPath, ["--no-warnings", RUN, folder], { maxBuffer: 64 * MB });
      const report = JSON.parse(stdout) as { join_rate: number; decisions: { requests: number } };
      if (report.join_rate !== 1 || report.decisions.requests !== events / 4)
        throw new Error(`expected all to join, got ${stdout}`);
      took.push(JSON.parse(stderr.trim().split("\n").at(-1) ?? "") as Took);
      say(`verified in ${exact(took.at(-1)!.ms / 1000)} s, ${exact(took.at(-1)!.cpuMs / 1000)} s of CPU`);
    }
    const [seconds, cpu, rss] = [
      median(took.map(({ ms }) => ms / 1000)),
      median(took.map(({ cpuMs }) => cpuMs / 1000)),
      median(took.map((one) => one.rss / MB)),
    ];
    const scenario = `${whole(events)} events`;
    const verdicts = quick ? [] : [judge(scenario, "seconds", seconds, 10), judge(scenario, "peak RSS, MB", rss, 1_000)];
    const text = [
      `Medians of ${rounds} rounds; a request is a decision of three items, their exposure and two clicks; ${head}.`,
      markdownTable([
        ["events in Parquet", "s", "CPU s", "peak RSS MB"],
        [whole(events), exact(seconds), exact(cpu), whole(rss)],
      ]),
      ...(verdicts.length > 0 ? [verdictTable(verdicts)] : []),
    ].join("\n\n");
    return { text, json: { events, took, verdicts, machine: head }, verdicts };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
