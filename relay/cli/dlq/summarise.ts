import type { DeadLetter } from "../../bus/records/dead-letter.ts";

/** Dead letters of one topic and one error. */
export interface SummaryRow {
  /** The topic that they are in. */
  topic: string;
  error_code: string;
  letters: number;
  /** ISO 8601 UTC. */
  first_failed_at: string;
  last_failed_at: string;
}

/** Counts dead letters by topic and error, most first. */
export async function summarise(deadLetters: AsyncIterable<DeadLetter>): Promise<SummaryRow[]> {
  const rows = new Map<string, SummaryRow>();
  for await (const { topic, metadata } of deadLetters) {
    const { error_code, failed_at } = metadata;
    const key = JSON.stringify([topic, error_code]);
    const row = rows.get(key) ?? { topic, error_code, letters: 0, first_failed_at: failed_at, last_failed_at: failed_at };
    row.letters++;
    if (failed_at < row.first_failed_at) row.first_failed_at = failed_at;
    if (failed_at > row.last_failed_at) row.last_failed_at = failed_at;
    rows.set(key, row);
  }
  return [...rows.values()].toSorted(
    (a, b) => b.letters - a.letters || (a.topic + a.error_code < b.topic + b.error_code ? -1 : 1),
  );
}
