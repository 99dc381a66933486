import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Summary } from "../../demo/replay/summary.ts";
import { peakRssBytes } from "../../test/services/process-stats.ts";
import type { Bench, BenchOptions, BenchReport } from "../lib/bench.ts";
import { machine } from "../lib/machine.ts";
import { markdownTable } from "../lib/markdown-table.ts";
import { fine, whole } from "../lib/numbers.ts";
import { judge, verdictTable } from "../lib/verdict.ts";
import { startTaker } from "./taker.ts";
import { writeLog } from "./write-log.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ROWS = 5_000_000;
const QUICK_ROWS = 200_000;
/** Its ways through the file, by name. */
const WAYS: Readonly<Record<string, string[]>> = { "in order": [], shuffled: ["--shuffle"] };
/** What five million rows may take, megabytes. */
const LIMIT_MB = 300;
const LOOK_MS = 200;

/** What one replay took. */
interface Run {
  name: string;
  events: number;
  sent: number;
  taken: number;
  /** All of it, and the sending alone. */
  seconds: number;
  sending: number;
  peakMb: number;
}

/** `npm run replay` on a log of five million rows: its memory. */
export const benchReplay: Bench = { title: "The replay", names: Object.keys(WAYS), rounds: 1, run: measure };

async function measure({ only, quick, say }: BenchOptions): Promise<BenchReport> {
  const head = machine();
  const rows = quick ? QUICK_ROWS : ROWS;
  const folder = await mkdtemp(join(tmpdir(), "sightline-bench-replay-"));
  try {
    const file = join(folder, "log.csv");
    say(`writes a log of ${whole(rows)} rows`);
    const { events } = await writeLog(file, rows);
    const { size } = await stat(file);
    const runs: Run[] = [];
    for (const [name, args] of Object.entries(WAYS)) {
      if (only && !only.includes(name)) continue;
      say(`replays it, ${name}`);
      runs.push({ name, events, ...(await replay(file, args)) });
    }
    const verdicts = runs.flatMap(({ name, taken, peakMb }) => [
      judge(name, "peak of RSS, MB", peakMb, LIMIT_MB),
      judge(name, "events that did not come", events - taken, 0),
    ]);
    const table = markdownTable([
      ["", "events", "checked and sent in s", "of it sending", "peak of RSS, MB"],
      ...runs.map((run) => [run.name, whole(run.taken), fine(run.seconds), fine(run.sending), whole(run.peakMb)]),
    ]);
    const about = `${whole(rows)} rows of 44 columns, ${whole(size / 1e6)} MB; ${head}.`;
    return { text: [about, table, verdictTable(verdicts)].join("\n\n"), json: { runs, size, verdicts, machine: head }, verdicts };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What `npm run replay` gives to node: its bounds of the heap are part of what is measured. */
async function replayCommand(): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { scripts: { replay: string } };
  return scripts.replay.split(" ").slice(1);
}

async function replay(file: string, args: string[]): Promise<Omit<Run, "name" | "events">> {
  const taker = await startTaker();
  const began = performance.now();
  const command = [...(await replayCommand()), file, ...args, "--endpoint", taker.url, "--key", "sk_bench", "--json"];
  const child = spawn(process.execPath, command, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  let peak = 0;
  const look = setInterval(() => {
    if (child.pid !== undefined && child.exitCode === null) peak = Math.max(peak, peakRssBytes(child.pid));
  }, LOOK_MS);
  try {
    const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, "close") as Promise<[number]>]);
    if (code !== 0) throw new Error(`expected the replay to end with 0, got ${code}`);
    const { sent, seconds } = JSON.parse(stdout) as Summary;
    const all = (performance.now() - began) / 1000;
    return { sent, taken: taker.taken(), seconds: all, sending: seconds, peakMb: peak / 1e6 };
  } finally {
    clearInterval(look);
    taker.close();
  }
}
