import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { finished } from "node:stream/promises";

/** Columns of a log as it is published, before those of the items. */
const NEEDED = "timestamp,item_id,position,click,propensity_score,user_feature_0,user_feature_1,user_feature_2,user_feature_3";
/** Items of the men's campaign; each has a column. */
const ITEMS = 34;
/** Rows to a click, about as in the logs. */
const ROWS_TO_A_CLICK = 200;
/** Rows that are written at a time. */
const AT_ONCE = 1_000;

/** Writes a log of so many rows, in the columns of the Open Bandit Dataset as published. */
export async function writeLog(file: string, rows: number): Promise<{ events: number }> {
  const out = createWriteStream(file);
  out.write(`,${NEEDED},${Array.from({ length: ITEMS }, (_, n) => `user-item_affinity_${n}`).join(",")}\n`);
  for (let from = 0; from < rows; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, rows - from) }, (_, n) => row(from + n));
    if (!out.write(some.join(""))) await once(out, "drain");
  }
  out.end();
  await finished(out);
  return { events: rows + Math.ceil(rows / ROWS_TO_A_CLICK) };
}

const AFFINITY = ",0.0".repeat(ITEMS);

function row(n: number): string {
  const time = new Date(Date.UTC(2019, 10, 24) + n * 100).toISOString().replace("T", " ").replace("Z", "000+00:00");
  const click = n % ROWS_TO_A_CLICK === 0 ? 1 : 0;
  const features = [n % 4, n % 7, n % 11, n % 13].map((value) => value.toString(16).padStart(32, "0")).join(",");
  return `${n},${time},${n % ITEMS},${(n % 3) + 1},${click},0.0125,${features}${AFFINITY}\n`;
}
