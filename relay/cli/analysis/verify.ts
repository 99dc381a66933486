import { createReadableBus } from "../../bus/create.ts";
import { readConfig } from "../../service/settings/config.ts";
import { readCounters } from "../../state/counters.ts";
import { judge } from "../../analysis/judge.ts";
import { table } from "../../analysis/table.ts";
import { verify as count } from "../../analysis/verify.ts";
import { JSON_OPTION, type Command, UsageError } from "../lib/command.ts";
import { printableLines } from "../../lib/printable.ts";
import { createProgressLine } from "../../lib/progress-line.ts";
import { jsonLine } from "../lib/json-line.ts";
import { formatNumber } from "../../lib/format-number.ts";

/** `sightline verify`: what is on the bus, joined. A gate for CI: exit code 1 where there is nothing to judge, or too little joins. */
export const verify: Command = {
  usage: "sightline verify [--surface S] [--fail-under 0.98] [--json]",
  summary:
    "reads the bus that the settings name from its beginning, and counts decisions, exposures, outcomes, joins, orphans, duplicates, rejects and dead letters; exits 1 where there is no event, the surface is unknown, or the join rate is under --fail-under",
  onStack: true,
  options: {
    surface: { type: "string", value: "S", help: "events of this surface only" },
    "fail-under": { type: "string", value: "RATE", help: "exit with 1 where fewer of the outcomes join, from 0 to 1" },
    json: JSON_OPTION,
  },
  async run({ values, env, io }) {
    const surface = values["surface"] as string | undefined;
    const failUnder = readShare(values["fail-under"] as string | undefined);
    const { bus: chosen, service } = readConfig(env);
    const absence = chosen.adapter.absence?.(chosen.place);
    if (absence !== undefined) throw new Error(absence);
    const bus = await createReadableBus(chosen);
    const progress = createProgressLine(io.stderr);
    try {
      const report = await count({
        bus,
        topics: chosen.topics,
        counters: readCounters(service.dataDir),
        surface,
        onProgress: (read) => progress.show(`read ${formatNumber(read)} records`),
      });
      progress.clear();
      const from = `${bus.name}${surface === undefined ? "" : `, surface ${surface}`}`;
      const failures = judge(report, { surface, failUnder });
      io.stdout.write(values["json"] === true ? jsonLine({ ...report, failures }) : printableLines(table(report, from)));
      for (const reason of failures) io.stderr.write(`sightline verify: ${reason}\n`);
      return failures.length === 0 ? 0 : 1;
    } finally {
      progress.clear();
      await bus.close();
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
