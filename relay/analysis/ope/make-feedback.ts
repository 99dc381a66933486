import type { DuckDBConnection } from "@duckdb/node-api";
import { selectEvents } from "../sources/select-events.ts";
import type { Selection } from "../sources/source.ts";
import { makeTable } from "../sql/run-sql.ts";

/** What is wanted of the feedback. */
export interface FeedbackOptions {
  selection: Selection;
  /** Its one surface; undefined where there is but one. */
  surface: string | undefined;
  /** Type of the outcome that is the reward. */
  reward: string;
}

/** What the table `feedback` has. */
export interface FeedbackCounts {
  surface: string;
  rows: number;
  /** Of these, the ones that an estimate can use. */
  usable: number;
  /** Usable rows with a reward. */
  rewarded: number;
}

/** There is no feedback, or of more than one surface: the message says what to do. */
export class FeedbackError extends Error {
  override readonly name = "FeedbackError";
}

/** A propensity that an estimate can divide by, and a position from 1. */
export const USABLE = "propensity > 0 AND propensity <= 1 AND position >= 1";

/** Makes the table `feedback` of the columns of feedback.sql. Throws a {@link FeedbackError}. */
export async function makeFeedback(
  connection: DuckDBConnection,
  { selection, surface, reward }: FeedbackOptions,
): Promise<FeedbackCounts> {
  await selectEvents(connection, selection);
  const chosen = surface ?? (await onlySurface(connection));
  await makeTable(connection, "feedback", "feedback", { surface: chosen, reward });
  const counted = await connection.runAndReadAll(
    `SELECT count(*)::DOUBLE AS n, count(*) FILTER (${USABLE})::DOUBLE AS usable,
      count(*) FILTER (${USABLE} AND reward > 0)::DOUBLE AS rewarded FROM feedback`,
  );
  const [row] = counted.getRowObjectsJS() as { n: number; usable: number; rewarded: number }[];
  const { n: rows, usable, rewarded } = row!;
  if (rows === 0) throw new FeedbackError(`there is no exposure of the surface ${chosen}`);
  if (rewarded === 0) await requireReward(connection, reward);
  return { surface: chosen, rows, usable, rewarded };
}

/** A type that no event has is a slip of the pen: every reward would be 0. */
async function requireReward(connection: DuckDBConnection, reward: string): Promise<void> {
  const found = await connection.runAndReadAll(
    "SELECT DISTINCT event_type FROM nearby_events WHERE type IN ('rec.outcome.recorded.v1', 'app.event.recorded.v1') ORDER BY event_type LIMIT 100",
  );
  const types = found.getRowObjectsJS().map((row) => String(row["event_type"]));
  if (types.includes(reward)) return;
  const among = types.length === 0 ? "an outcome, and there is none" : `one of ${types.join(", ")}`;
  throw new FeedbackError(`--reward: expected ${among}, got ${reward}`);
}

/** Items of two surfaces are not to be chosen between. */
async function onlySurface(connection: DuckDBConnection): Promise<string> {
  const found = await connection.runAndReadAll(
    "SELECT DISTINCT surface FROM counted_events WHERE type = 'rec.exposure.recorded.v1' AND surface IS NOT NULL ORDER BY surface LIMIT 20",
  );
  const surfaces = found.getRowObjectsJS().map((row) => String(row["surface"]));
  const [only, ...others] = surfaces;
  if (only === undefined) throw new FeedbackError("there is no exposure");
  if (others.length > 0)
    throw new FeedbackError(`--surface: expected one of ${surfaces.join(", ")}, since a policy is of one surface`);
  return only;
}
