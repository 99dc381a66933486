/** Where a log's header has the columns that are needed: found by name, in any order, among any others. */

/** The columns that are needed, each once. */
export const COLUMNS = [
  "timestamp",
  "item_id",
  "position",
  "click",
  "propensity_score",
  "user_feature_0",
  "user_feature_1",
  "user_feature_2",
  "user_feature_3",
] as const;

/** What a row has to be. */
export interface LogColumns {
  /** Columns of the header, others included. */
  count: number;
  /** The place of each of {@link COLUMNS}, in their order. */
  places: number[];
}

/** Finds the columns; where one is missing or there twice, tells what is wrong. */
export function findColumns(header: readonly string[]): LogColumns | string {
  const missing = COLUMNS.filter((name) => !header.includes(name));
  const twice = COLUMNS.filter((name) => header.indexOf(name) !== header.lastIndexOf(name));
  if (missing.length === 0 && twice.length === 0) {
    return { count: header.length, places: COLUMNS.map((name) => header.indexOf(name)) };
  }
  return [
    [
      ...(missing.length > 0 ? [`columns are missing: ${missing.join(", ")}`] : []),
      ...(twice.length > 0 ? [`columns are there more than once: ${twice.join(", ")}`] : []),
    ].join("; "),
    `  expected: ${COLUMNS.join(",")}, and others, in any order`,
    `  got:      ${header.join(",") || "(an empty file)"}`,
  ].join("\n");
}
