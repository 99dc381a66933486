import process from "node:process";
import { createBus } from "../bus/create.ts";
import { topicName } from "../bus/topics.ts";
import { readConfig } from "../config.ts";
import { readCounters } from "../dedup/counters.ts";
import { table } from "../verify/table.ts";
import { verify as count } from "../verify/verify.ts";
import type { Command } from "./command.ts";
import { createProgress } from "./progress.ts";

/** `sightline verify`: what is on the bus, joined. */
export const verify: Command = {
  usage: "sightline verify [--surface S] [--json]",
  summary:
    "reads the bus that the settings name from its beginning, and counts exposures, outcomes, joins, orphans and duplicates",
  options: { surface: { type: "string" }, json: { type: "boolean" } },
  async run({ surface, json }, env) {
    const config = readConfig(env);
    const bus = await createBus(config);
    const topic = (type: Parameters<typeof topicName>[1]) => topicName(config, type);
    const progress = createProgress();
    try {
      const report = await count({
        bus,
        topics: {
          exposure: topic("rec.exposure.recorded.v1"),
          outcome: topic("rec.outcome.recorded.v1"),
          rejected: topic("edge.event.rejected.v1"),
        },
        counters: readCounters(config.DATA_DIR),
        surface: surface as string | undefined,
        onProgress: (read) => progress.show(`read ${read.toLocaleString("en-GB")} records`),
      });
      progress.clear();
      const from = `${bus.name}${surface === undefined ? "" : `, surface ${String(surface)}`}`;
      process.stdout.write(`${json === true ? JSON.stringify(report) : table(report, from)}\n`);
      return 0;
    } finally {
      await bus.close();
    }
  },
};
