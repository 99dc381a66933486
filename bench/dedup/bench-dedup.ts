import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Bench, BenchOptions, BenchReport } from "../lib/bench.ts";
import { machine } from "../lib/machine.ts";
import { markdownTable } from "../lib/markdown-table.ts";
import { median } from "../lib/median.ts";
import { exact, fine, whole } from "../lib/numbers.ts";
import { judge, type Verdict, verdictTable } from "../lib/verdict.ts";

const run = promisify(execFile);
const FILL = fileURLToPath(new URL("fill.ts", import.meta.url));
const SIZES: Readonly<Record<string, number>> = { "100k": 100_000, "1M": 1_000_000, "10M": 10_000_000 };
const MB = 1e6;

/** What was measured at one size. */
interface Row {
  keys: number;
  /** Claims of a round, and the milliseconds and the CPU of each round. */
  claims: number;
  wall: number[];
  cpu: number[];
}

interface Start {
  ms: number;
  cpuMs: number;
  keys: number;
  rss: number;
}

/** The dedup store: what a claim costs as the keys grow, their bytes on the disk, and the start. */
export const benchDedup: Bench = { title: "The dedup store", names: Object.keys(SIZES), rounds: 3, run: measure };

async function measure({ only, rounds, say }: BenchOptions): Promise<BenchReport> {
  const head = machine();
  const sizes = Object.entries(SIZES).flatMap(([name, keys]) => (!only || only.includes(name) ? [keys] : []));
  const folder = await mkdtemp(join(tmpdir(), "sightline-bench-dedup-"));
  try {
    say(`fills a store up to ${whole(Math.max(...sizes))} keys`);
    const rows = lines<Row>((await run(process.execPath, [FILL, folder, sizes.join(",")])).stdout);
    const largest = join(folder, String(Math.max(...sizes)));
    const starts: Start[] = [];
    for (let round = 0; round < rounds; round++) {
      starts.push(...lines<Start>((await run(process.execPath, [FILL, largest, "start"])).stdout));
    }
    const bytes = await bytesIn(largest);
    const verdicts = limits(rows, starts, bytes);
    return {
      text: report(rows, starts, bytes, verdicts, head),
      json: { rows, starts, bytes, verdicts, machine: head },
      verdicts,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const lines = <T>(text: string): T[] => text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as T]));
const rate = ({ claims, wall }: Row): number => (claims / median(wall)) * 1000;
const cpuUs = ({ claims, cpu }: Row): number => (median(cpu) / claims) * 1000;

/** How many times as long a round takes on the one store as on the other, in the same turn. */
const slower = (base: Row, row: Row): number => median(row.wall.map((ms, n) => ms / (base.wall[n] ?? NaN)));

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const stats = await Promise.all(names.map((name) => stat(join(folder, name))));
  return stats.reduce((sum, one) => sum + (one.isFile() ? one.size : 0), 0);
}

function limits(rows: Row[], starts: Start[], bytes: number): Verdict[] {
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last || first === last || last.keys < 10_000_000) return [];
  return [
    judge("10 million keys", "bytes of disk a key", bytes / (starts[0]?.keys ?? 0), 80),
    judge("10 million keys", "rate at 100,000, times that at 10 million", slower(first, last), 1 / 0.6),
    judge("10 million keys", "start, ms", median(starts.map(({ ms }) => ms)), 3_000),
    judge("10 million keys", "RSS of the store alone after a start, MB", median(starts.map(({ rss }) => rss)) / MB, 300),
  ];
}

function report(rows: Row[], starts: Start[], bytes: number, verdicts: Verdict[], head: string): string {
  const cells = rows.map((row) => [whole(row.keys), whole(rate(row)), exact(cpuUs(row)), fine(median(row.wall))]);
  const started = starts.map(({ keys, ms, cpuMs, rss }) => [whole(keys), whole(ms), whole(cpuMs), whole(rss / MB)]);
  return [
    `Medians; a round is 1,500 events of 3 new keys each in packs of 25: looked up, claimed (two syncs), settled; ${head}.`,
    markdownTable([["keys", "claims/s", "CPU us a claim", "ms a round"], ...cells]),
    markdownTable([["keys at the start", "ms", "CPU ms", "RSS MB"], ...started]),
    `${whole(bytes / MB)} MB on the disk.`,
    ...(verdicts.length > 0 ? [verdictTable(verdicts)] : []),
  ].join("\n\n");
}
