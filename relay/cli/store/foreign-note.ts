import { formatNumber } from "../../lib/format-number.ts";

/** What there is to say of Parquet files that are none of the archive, as a line; empty where there are none. */
export function foreignNote(files: number): string {
  return files === 0 ? "" : `left out: ${formatNumber(files)} Parquet files whose names are not those of a store's\n`;
}
