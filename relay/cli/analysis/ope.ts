import { readFileSync } from "node:fs";
import { estimate, type Estimate } from "../../analysis/ope/estimate.ts";
import { type Policy, readPolicy, uniformPolicy } from "../../analysis/ope/read-policy.ts";
import { readRows } from "../../analysis/ope/read-rows.ts";
import { weightsOf } from "../../analysis/ope/weights.ts";
import { formatNumber } from "../../lib/format-number.ts";
import { printableLines } from "../../lib/printable.ts";
import { plural } from "../../lib/plural.ts";
import { type Command, JSON_OPTION, UsageError } from "../lib/command.ts";
import { jsonLine } from "../lib/json-line.ts";
import { FEEDBACK_OPTIONS, withFeedback } from "./with-feedback.ts";

/** `sightline ope`: what another policy would have earned. */
export const ope: Command = {
  usage:
    "sightline ope --policy uniform|FILE [--source NAME] [--table TABLE] [--from TIME] [--to TIME] [--tenant T] [--surface S] [--reward click] [--resamples 1000] [--seed 1] [--json]",
  summary:
    "estimates the mean reward of a policy from what another one logged: naive mean, IPW and SNIPW, each with a 95 % bootstrap interval",
  onStack: true,
  options: {
    policy: {
      type: "string",
      value: "P",
      help: "uniform over the items that were logged, or a file of item_id, position and probability: JSON lines, or CSV with a header",
    },
    ...FEEDBACK_OPTIONS,
    resamples: { type: "string", value: "N", default: "1000", help: "draws of the bootstrap, from 1 to 100000" },
    seed: { type: "string", value: "N", default: "1", help: "what the draws follow from, a whole number from 0 to 4294967295" },
    json: JSON_OPTION,
  },
  async run(call) {
    const { values, io } = call;
    const named = values["policy"] as string | undefined;
    if (named === undefined) throw new UsageError("--policy: expected uniform or a file, got nothing");
    const given = named === "uniform" ? undefined : policyOf(named);
    const resamples = wholeOf("--resamples", values["resamples"], 1, 100_000);
    const seed = wholeOf("--seed", values["seed"], 0, 2 ** 32 - 1);
    return withFeedback(call, async (connection, counts, show) => {
      if (counts.usable === 0) throw new Error("no exposure has a propensity, and so nothing can be estimated");
      const columns = await readRows(connection, counts.usable);
      const weights = weightsOf(columns, given ?? uniformPolicy(columns.items.length));
      show(`draws ${formatNumber(resamples)} times`);
      const estimates = estimate({ rewards: columns.rewards, weights, resamples, seed });
      const { surface, usable: rows, rows: all, rewarded } = counts;
      const report = {
        surface,
        policy: named,
        reward: String(values["reward"]),
        rows,
        rows_without_propensity: all - rows,
        rewarded,
        items: columns.items.length,
        resamples,
        seed,
        ...estimates,
      };
      io.stdout.write(values["json"] === true ? jsonLine(report) : printableLines(table(report)));
      return 0;
    });
  },
};

function policyOf(file: string): Policy {
  try {
    return readPolicy(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`--policy: ${file}: ${(error as Error).message}`);
  }
}

function wholeOf(option: string, value: unknown, least: number, most: number): number {
  const text = String(value);
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= least && number <= most))
    throw new UsageError(`${option}: expected a whole number from ${least} to ${most}, got ${text}`);
  return number;
}

interface Report {
  surface: string;
  policy: string;
  reward: string;
  rows: number;
  rewarded: number;
  items: number;
  naive: Estimate;
  ipw: Estimate;
  snipw: Estimate;
  effective_rows: number;
  largest_weight: number;
}

function table(report: Report): string {
  const { naive, ipw, snipw, rows, rewarded, items, effective_rows, largest_weight } = report;
  const lines = Object.entries({ "naive (logged)": naive, IPW: ipw, SNIPW: snipw }).map(([name, { value, low, high }]) => {
    const cells = [value, low, high].map((number) => number.toPrecision(6).padStart(12));
    return `  ${name.padEnd(16)} ${cells.join(" ")}`;
  });
  return [
    `${report.surface}, policy ${report.policy}: ${plural(rows, "row")}, ${plural(items, "item")}, ${formatNumber(rewarded)} with a ${report.reward}`,
    "",
    `  ${"mean reward".padEnd(16)} ${["estimate", "95 % from", "to"].map((head) => head.padStart(12)).join(" ")}`,
    ...lines,
    "",
    `  the weights are worth ${formatNumber(Math.round(effective_rows))} of the rows; the largest is ${largest_weight.toPrecision(4)}`,
  ].join("\n");
}
