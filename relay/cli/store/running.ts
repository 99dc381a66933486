/** What `sightline store parquet` and `sightline store postgres` have in common: their options, what they say, and where they tell how they stand. */
import { formatNumber } from "../../lib/format-number.ts";
import { printable } from "../../lib/printable.ts";
import { createProgressLine } from "../../lib/progress-line.ts";
import { ConfigError } from "../../lib/settings.ts";
import type { StoredRecord } from "../../bus/port/record.ts";
import type { BusConfig } from "../../bus/settings.ts";
import type { FaultReport } from "../../stores/group/until-done.ts";
import { createStanding } from "../../stores/group/standing.ts";
import { JSON_OPTION, type Option } from "../lib/command.ts";
import type { Io } from "../lib/io.ts";
import { readTime } from "../lib/since.ts";
import { serveStanding } from "./serve-standing.ts";

/** Their options. */
export const RUN_OPTIONS = {
  once: {
    type: "boolean",
    help: "end when all that is on the bus is there; exit code 1 where something went to the dead letters, or was out for too long",
  },
  patience: { type: "string", value: "TIME", default: "2m", help: "with --once: how long the bus or the store may be out" },
  json: JSON_OPTION,
} satisfies Record<string, Option>;

/** Reads them. Throws a {@link UsageError}. */
export function readRunOptions({ once, patience }: Record<string, unknown>): { once: boolean; patienceMs: number } {
  const now = new Date();
  return { once: once === true, patienceMs: now.getTime() - readTime("--patience", String(patience), now).getTime() };
}

/** Throws a {@link ConfigError} where the bus is switched off. */
export function refuseNoBus({ disabledBy }: BusConfig): void {
  if (disabledBy !== undefined) throw new ConfigError([`EVENT_PUBLISHER: expected a bus, and it is off: ${disabledBy}`]);
}

interface RunningOptions {
  io: Io;
  /** The store's name, as in `sightline store parquet`. */
  name: string;
  deadLetters: boolean;
  /** Where it tells how it stands; none where the port is 0. */
  host: string;
  port: number;
}

/** Keeps how a store stands, and shows it: lines on stderr for what is at fault and for what cannot be stored, and a server. */
export async function startRunning({ io, name, deadLetters, host, port }: RunningOptions) {
  const standing = createStanding();
  const server = port === 0 ? undefined : await serveStanding({ name, view: standing.view, host, port });
  const progress = createProgressLine(io.stderr);
  const say = (line: string): void => {
    progress.clear();
    io.stderr.write(`sightline store ${name}: ${printable(line)}\n`);
  };
  const faults: FaultReport<string> = {
    failed(part, error, attempt) {
      const isFirst = standing.failed(part, error, attempt);
      if (isFirst) say(`${part}: ${error.message.split("\n")[0]}; it is tried again, and nothing is lost`);
    },
    over(part, isBack) {
      if (standing.over(part) && isBack) say(`${part} is back`);
    },
  };
  return {
    standing,
    say,
    faults,
    stored(events: number): void {
      standing.stored(events);
      progress.show(`stored ${formatNumber(standing.counts.stored)}`);
    },
    refused({ topic, partition, offset }: StoredRecord, why: string): void {
      const where = deadLetters ? "and is in the dead letters" : "and is passed over";
      say(`${topic}/${partition}/${offset} cannot be stored, ${where}: ${why}`);
    },
    async end(): Promise<void> {
      progress.clear();
      await server?.close();
    },
  };
}
