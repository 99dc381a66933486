import { readFileSync } from "node:fs";
import { readCounters } from "../../state/counters.ts";
import type { Weights } from "../../analysis/verify/experiments.ts";
import { judge } from "../../analysis/verify/judge.ts";
import { readWeights } from "../../analysis/verify/read-weights.ts";
import { table } from "../../analysis/verify/table.ts";
import { verify as count } from "../../analysis/verify/verify.ts";
import { readConfig } from "../../service/settings/config.ts";
import { JSON_OPTION, type Command, UsageError } from "../lib/command.ts";
import { printableLines } from "../../lib/printable.ts";
import { createProgressLine } from "../../lib/progress-line.ts";
import { jsonLine } from "../lib/json-line.ts";
import { readLength } from "../lib/read-length.ts";
import { readSpan } from "../store/span.ts";
import { openSource, SOURCE_OPTIONS } from "./open-source.ts";

/** `sightline verify`: what is there, joined. A gate for CI: exit code 1 where there is nothing to judge, or too little joins. */
export const verify: Command = {
  usage:
    "sightline verify [--source NAME] [--table TABLE] [--from TIME] [--to TIME] [--tenant T] [--surface S] [--watermark 10m] [--weights FILE] [--fail-under 0.98] [--json]",
  summary:
    "counts decisions, exposures, outcomes, joins, orphans, rates, gaps, duplicates, rejects and dead letters of the relay's bus, or of another source, and says what is odd; exits 1 where there is no event, the surface is unknown, or the join rate is under --fail-under",
  onStack: true,
  options: {
    ...SOURCE_OPTIONS,
    surface: { type: "string", value: "S", help: "events of this surface only" },
    watermark: {
      type: "string",
      value: "10m",
      help: "so long the exposure of an outcome may be under way: 90s, 10m, 2h or 7d",
      default: "10m",
    },
    weights: {
      type: "string",
      value: "FILE",
      help: 'weights of variants as JSON, {"experiment_id": {"variant_id": 1}}; otherwise all of an experiment have the same',
    },
    "fail-under": { type: "string", value: "RATE", help: "exit with 1 where fewer of the outcomes join, from 0 to 1" },
    json: JSON_OPTION,
  },
  async run({ values, env, io }) {
    const surface = values["surface"] as string | undefined;
    const failUnder = readShare(values["fail-under"] as string | undefined);
    const watermarkMs = readLength("--watermark", String(values["watermark"]));
    const weights = weightsOf(values["weights"] as string | undefined);
    const span = readSpan(values, new Date());
    const selection = { ...span, tenant: values["tenant"] as string | undefined };
    const { service } = readConfig(env);
    const progress = createProgressLine(io.stderr);
    try {
      const source = await openSource({
        name: values["source"] as string | undefined,
        table: values["table"] as string | undefined,
        selection,
        env,
        onProgress: (text) => progress.show(text),
      });
      try {
        const isWhole = span.from === undefined && span.to === undefined;
        const report = await count({
          source,
          counters: isWhole ? readCounters(service.dataDir) : undefined,
          selection,
          surface,
          watermarkMs,
          weights,
          onStep: (step) => progress.show(step),
        });
        progress.clear();
        const from = `${source.name}${surface === undefined ? "" : `, surface ${surface}`}`;
        const failures = judge(report, { surface, failUnder });
        io.stdout.write(values["json"] === true ? jsonLine({ ...report, failures }) : printableLines(table(report, from)));
        for (const reason of failures) io.stderr.write(`sightline verify: ${reason}\n`);
        return failures.length === 0 ? 0 : 1;
      } finally {
        source.close();
      }
    } finally {
      progress.clear();
    }
  },
};

function readShare(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const share = text.trim() === "" ? Number.NaN : Number(text);
  if (!(share >= 0 && share <= 1))
    throw new UsageError(`--fail-under: expected a join rate from 0 to 1, such as 0.98, got ${text}`);
  return share;
}

function weightsOf(file: string | undefined): Weights {
  if (file === undefined) return {};
  try {
    return readWeights(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`--weights: ${file}: ${(error as Error).message}`);
  }
}
