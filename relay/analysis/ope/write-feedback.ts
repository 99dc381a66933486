/** Writes the table `feedback` into files: under another name first, so that no reader finds half of one. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { literal } from "../../stores/duckdb/sql.ts";
import type { FeedbackCounts } from "./make-feedback.ts";
import { npy } from "./npy.ts";
import { readRows } from "./read-rows.ts";

/** How it can be written. */
export const FORMATS = ["parquet", "csv", "obp"] as const;
export type Format = (typeof FORMATS)[number];

interface WriteOptions {
  connection: DuckDBConnection;
  counts: FeedbackCounts;
  format: Format;
  /** A file, of `obp` a folder; it is replaced. */
  out: string;
}

/** Writes it. Rejects with an Error where it cannot be written. */
export async function writeFeedback({ connection, counts, format, out }: WriteOptions): Promise<void> {
  const path = resolve(out);
  mkdirSync(dirname(path), { recursive: true });
  const temporary = mkdtempSync(join(dirname(path), `.${basename(path)}-`));
  try {
    const file = join(temporary, basename(path));
    if (format === "obp") await writeArrays(connection, counts, file);
    else {
      const options = format === "csv" ? "FORMAT csv, HEADER" : "FORMAT parquet, COMPRESSION zstd";
      await connection.run(`COPY feedback TO ${literal(file)} (${options})`);
    }
    if (format === "obp") rmSync(path, { recursive: true, force: true });
    renameSync(file, path);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** The arrays of obp's bandit feedback: actions and positions from 0, no row without a propensity. */
async function writeArrays(connection: DuckDBConnection, counts: FeedbackCounts, folder: string): Promise<void> {
  const { items, actions, positions, propensities, rewards } = await readRows(connection, counts.usable);
  mkdirSync(folder);
  const arrays = {
    action: BigInt64Array.from(actions, BigInt),
    position: BigInt64Array.from(positions, (position) => BigInt(position - 1)),
    pscore: propensities,
    reward: rewards,
  };
  for (const [name, values] of Object.entries(arrays)) writeFileSync(join(folder, `${name}.npy`), npy(values));
  const feedback = {
    n_rounds: counts.usable,
    n_actions: items.length,
    len_list: positions.reduce((most, position) => Math.max(most, position), 0),
    items,
    surface: counts.surface,
    rows_without_propensity: counts.rows - counts.usable,
  };
  writeFileSync(join(folder, "feedback.json"), `${JSON.stringify(feedback)}\n`);
}
