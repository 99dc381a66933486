import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { ExponentialBackoff, handleAll, retry } from "cockatiel";
import { createReadableBus } from "../../bus/create.ts";
import { openBus } from "../../bus/port/settle.ts";
import { allTopics } from "../../bus/port/topics.ts";
import { readConfig } from "../../service/settings/config.ts";
import { DAY_MS } from "../../lib/day.ts";
import { holdFolder } from "../../lib/database.ts";
import { keptCounters } from "../../state/kept-counters.ts";
import { rebuild as fromBus, type Rebuilt } from "../../service/rebuild/rebuild.ts";
import { openStore } from "../../state/open-store.ts";
import { buildingFolder, swapStore } from "../../state/swap-store.ts";
import type { Config } from "../../service/settings/config.ts";
import { JSON_OPTION, type Command, UsageError } from "../lib/command.ts";
import { createProgressLine, type ProgressLine } from "../../lib/progress-line.ts";
import type { Io } from "../lib/io.ts";
import { jsonLine } from "../lib/json-line.ts";
import { formatNumber } from "../../lib/format-number.ts";

/** A bus that has just started may not be ready at once. */
const opening = retry(handleAll, {
  maxAttempts: 6,
  backoff: new ExponentialBackoff({ initialDelay: 250, maxDelay: 5_000 }),
});

/** `sightline dedup rebuild`: rebuilds a lost or damaged store. */
export const rebuild: Command = {
  usage: "sightline dedup rebuild [--yes] [--json]",
  summary: "rebuilds a lost or damaged store in DATA_DIR from what is on the bus; the relay must not run",
  finishes: true,
  options: { yes: { type: "boolean", help: "do not ask: the old store is moved aside" }, json: JSON_OPTION },
  async run({ values: { yes, json }, env, io }) {
    const config = readConfig(env);
    if (yes !== true && !(await isMeant(config, io))) return 1;
    const lock = holdFolder(join(config.service.dataDir, "relay.lock"));
    try {
      const { found, kept, aside } = await rebuildStore(config, createProgressLine(io.stderr));
      const counters = kept ? "kept" : "from the bus";
      const report = { ...found, since: found.since ?? null, counters, aside: aside ?? null };
      io.stdout.write(json === true ? jsonLine(report) : reportText(found, kept, aside));
      return found.unreadable === 0 ? 0 : 1;
    } finally {
      lock.close();
    }
  },
};

async function isMeant({ bus, service: { dataDir } }: Config, io: Io): Promise<boolean> {
  const what = `The relay's store in ${dataDir} is moved aside, and created again from what is on the bus (${bus.place.publisher}).`;
  if (!io.stdin.isTTY || !io.stderr.isTTY) throw new UsageError(`${what}\nexpected --yes, since nobody can be asked`);
  const terminal = createInterface({ input: io.stdin, output: io.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${what} Go on? [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

async function rebuildStore(config: Config, progress: ProgressLine) {
  const bus = await createReadableBus(config.bus);
  try {
    // Fences a relay that is gone but may have a batch under way: what it reads next is all there will be.
    const lastBatch = await opening.execute(() => openBus(bus, allTopics(config.bus.topics)));
    const kept = keptCounters(config.service.dataDir);
    const folder = buildingFolder(config.service.dataDir);
    const found = await fromBus({
      bus,
      topics: config.bus.topics,
      openStore: (now) => openStore(folder, { now }),
      kept,
      lastBatch,
      windowStart: new Date(Date.now() - config.service.dedupWindowDays * DAY_MS),
      onRecord: ({ events, dead_letters }) =>
        progress.show(`read ${formatNumber(events + dead_letters)} events and dead letters`),
    });
    progress.clear();
    return { found, kept: kept !== undefined, aside: swapStore(config.service.dataDir, new Date()) };
  } finally {
    progress.clear();
    await bus.close();
  }
}

function reportText(found: Rebuilt, kept: boolean, aside: string | undefined): string {
  const rows: [string, number][] = [
    ["events", found.events],
    ["dead letters", found.dead_letters],
    ["of these too old", found.expired],
    ["unreadable", found.unreadable],
  ];
  const lines = rows.map(([label, n]) => `${label.padEnd(18)} ${formatNumber(n).padStart(11)}`);
  lines.push(
    `remembers ${found.since === undefined ? "nothing: the bus holds no event of the window" : `events since ${found.since}`}`,
  );
  lines.push(
    kept
      ? "counters: those of the old store; what was under way when its relay ended is counted when it comes again"
      : "counters: counted again from what is on the bus; duplicates from before are not known",
  );
  if (aside !== undefined) lines.push(`the old store is in ${aside}`);
  if (found.unreadable > 0)
    lines.push("what could not be read is not remembered: should the queue deliver it again, it is published twice");
  return `${lines.join("\n")}\n`;
}
