import { countPending } from "../../eventbus/outbox/operate.ts";
import { type Report, runOutbox } from "../../eventbus/outbox/worker.ts";
import { formatNumber } from "../../lib/format-number.ts";
import { printable } from "../../lib/printable.ts";
import { createProgressLine } from "../../lib/progress-line.ts";
import { readConfig } from "../../service/settings/config.ts";
import { type Command, JSON_OPTION, UsageError } from "../lib/command.ts";
import type { Io } from "../lib/io.ts";
import { jsonLine } from "../lib/json-line.ts";
import { databaseUrlOf, withDatabase } from "./database.ts";
import { openEventBus } from "./open-event-bus.ts";

/** What was done, for `--json`. */
interface Totals {
  published: number;
  /** The bus refused them for good. */
  failed: number;
  /** Tries that the bus did not take, and that are made again. */
  deferred: number;
  cleaned: number;
  /** What is left in the outbox; only with --once. */
  pending?: number;
}

/** `sightline outbox`: publishes what services have queued. */
export const publish: Command = {
  usage: "sightline outbox [--once] [--workers N] [--json]",
  summary: "publishes what services have queued in Postgres to the bus that EVENT_PUBLISHER names, until SIGTERM",
  options: {
    once: { type: "boolean", help: "end when the outbox is empty; exit code 1 where something failed, or is left" },
    workers: { type: "string", value: "N", help: "workers, instead of OUTBOX_WORKERS" },
    json: JSON_OPTION,
  },
  async run({ values, env, io }) {
    const config = readConfig(env);
    const databaseUrl = databaseUrlOf(config.outbox);
    const workers = readWorkers(values["workers"]) ?? config.outbox.workers;
    const once = values["once"] === true;
    const { report, totals, end } = createReport(io);
    const bus = await openEventBus(env, config);
    try {
      await runOutbox({ ...config.outbox, workers, databaseUrl, bus, once, signal: io.stopSignal(), report });
    } finally {
      end();
      await bus.close();
    }
    if (once) totals.pending = await withDatabase(config.outbox, countPending);
    io.stdout.write(values["json"] === true ? jsonLine(totals) : asText(totals));
    return once && totals.failed + (totals.pending ?? 0) > 0 ? 1 : 0;
  },
};

function readWorkers(text: unknown): number | undefined {
  if (text === undefined) return undefined;
  const n = Number(text);
  if (!/^\d+$/.test(String(text)) || n < 1 || n > 64)
    throw new UsageError(`--workers: expected a whole number from 1 to 64, got ${String(text)}`);
  return n;
}

/** Counts, shows how far it is, and tells of each fault once until something is published again. */
function createReport(io: Io): { report: Report; totals: Totals; end: () => void } {
  const totals: Totals = { published: 0, failed: 0, deferred: 0, cleaned: 0 };
  const progress = createProgressLine(io.stderr);
  const told = new Set<string>();
  const report: Report = {
    count(what, rows) {
      totals[what] += rows;
      if (what === "published" && rows > 0) told.clear();
      progress.show(`published ${formatNumber(totals.published)}, failed ${formatNumber(totals.failed)}`);
    },
    fault(message) {
      if (told.has(message)) return;
      told.add(message);
      progress.clear();
      io.stderr.write(`sightline outbox: ${printable(message)}; it is tried again\n`);
    },
  };
  return { report, totals, end: progress.clear };
}

function asText({ published, failed, cleaned, pending }: Totals): string {
  const left = pending === undefined ? "" : `, ${formatNumber(pending)} left`;
  return `published ${formatNumber(published)}, failed ${formatNumber(failed)}, cleaned ${formatNumber(cleaned)}${left}\n`;
}
