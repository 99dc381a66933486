import type { DuckDBConnection } from "@duckdb/node-api";
import { type FeedbackCounts, FeedbackError, makeFeedback } from "../../analysis/ope/make-feedback.ts";
import { plural } from "../../lib/plural.ts";
import { createProgressLine } from "../../lib/progress-line.ts";
import { type Call, type Option, UsageError } from "../lib/command.ts";
import { readSpan } from "../store/span.ts";
import { openSource, SOURCE_OPTIONS } from "./open-source.ts";

/** What feedback is made of: the same for whoever exports it and whoever estimates from it. */
export const FEEDBACK_OPTIONS = {
  ...SOURCE_OPTIONS,
  surface: { type: "string", value: "S", help: "the surface; may be left out where there is but one" },
  reward: {
    type: "string",
    value: "TYPE",
    default: "click",
    help: "the outcome that is a reward of 1, such as click or purchase",
  },
} satisfies Record<string, Option>;

/** Makes the table `feedback` of what the options name, and hands it to `use`. Says on stderr how many rows no estimate can use. */
export async function withFeedback<T>(
  { values, env, io }: Call,
  use: (connection: DuckDBConnection, counts: FeedbackCounts, show: (text: string) => void) => Promise<T>,
): Promise<T> {
  const selection = { ...readSpan(values, new Date()), tenant: values["tenant"] as string | undefined };
  const progress = createProgressLine(io.stderr);
  const show = (text: string): void => progress.show(text);
  try {
    const source = await openSource({
      name: values["source"] as string | undefined,
      table: values["table"] as string | undefined,
      selection,
      env,
      onProgress: show,
    });
    try {
      show("joins rewards to exposures");
      const surface = values["surface"] as string | undefined;
      const counts = await makeFeedback(source.connection, { selection, surface, reward: String(values["reward"]) });
      const without = counts.rows - counts.usable;
      progress.clear();
      if (without > 0)
        io.stderr.write(`${plural(without, "exposure")} without a propensity above 0 and up to 1: no estimate can use them\n`);
      return await use(source.connection, counts, show);
    } finally {
      source.close();
    }
  } catch (error) {
    if (error instanceof FeedbackError && error.message.startsWith("--")) throw new UsageError(error.message);
    throw error;
  } finally {
    progress.clear();
  }
}
