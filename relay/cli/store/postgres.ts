import { formatNumber } from "../../lib/format-number.ts";
import { printable } from "../../lib/printable.ts";
import { createProgressLine } from "../../lib/progress-line.ts";
import { ConfigError } from "../../lib/settings.ts";
import { readConfig } from "../../service/settings/config.ts";
import { type PostgresStoreOptions, runPostgresStore } from "../../stores/postgres/run.ts";
import { createStanding } from "../../stores/postgres/standing.ts";
import { type Command, JSON_OPTION } from "../lib/command.ts";
import type { Io } from "../lib/io.ts";
import { jsonLine } from "../lib/json-line.ts";
import { serveHealth } from "./postgres-health.ts";

/** `sightline store postgres`: writes what is on the bus into Postgres. */
export const postgres: Command = {
  usage: "sightline store postgres [--once] [--json]",
  summary: "writes the events of the bus into exp.events of the Postgres at DATABASE_URL, until SIGTERM",
  onStack: true,
  options: {
    once: {
      type: "boolean",
      help: "end when all that is on the bus is there; exit code 1 where something went to the dead letters",
    },
    json: JSON_OPTION,
  },
  async run({ values, env, io }) {
    const { bus, postgresStore: settings, service } = readConfig(env);
    const { databaseUrl, port } = settings;
    if (databaseUrl === undefined)
      throw new ConfigError(["DATABASE_URL: expected the address of the Postgres to store events in"]);
    if (bus.disabledBy !== undefined)
      throw new ConfigError([`EVENT_PUBLISHER: expected a bus, and it is off: ${bus.disabledBy}`]);
    const standing = createStanding();
    const { report, end } = createReport(io, standing, bus.deadLetters);
    const health = port === 0 ? undefined : await serveHealth(standing.view, service.host, port);
    const once = values["once"] === true;
    const signal = io.stopSignal();
    try {
      await runPostgresStore({ ...settings, databaseUrl, bus, once, signal, report, onReady: standing.joined });
    } finally {
      end();
      await health?.close();
    }
    const { stored, duplicates, refused } = standing.counts;
    const [told, again, dead] = [stored, duplicates, refused].map(formatNumber);
    const text = `stored ${told}, already there ${again}, refused ${dead}\n`;
    io.stdout.write(values["json"] === true ? jsonLine(standing.counts) : text);
    return once && refused > 0 ? 1 : 0;
  },
};

/** Counts, shows how far it is, and tells of faults when they begin and when they are over. */
function createReport(io: Io, { counts, faults }: ReturnType<typeof createStanding>, deadLetters: boolean) {
  const progress = createProgressLine(io.stderr);
  const say = (line: string): void => {
    progress.clear();
    io.stderr.write(`sightline store postgres: ${printable(line)}\n`);
  };
  const report: PostgresStoreOptions["report"] = {
    count(what, records) {
      counts[what] += records;
      progress.show(`stored ${formatNumber(counts.stored)}`);
    },
    refused({ topic, partition, offset }, why) {
      say(
        `${topic}/${partition}/${offset} cannot be stored, ${deadLetters ? "and is in the dead letters" : "and is passed over"}: ${why}`,
      );
    },
    fault(part, error) {
      if (error === undefined) {
        if (faults.delete(part)) say(`${part} is back`);
        return;
      }
      faults.set(part, error.message);
      say(`${part}: ${error.message}; it is tried again, and nothing is lost`);
    },
    upkeep({ made, dropped: { days, rows } }) {
      if (made.length > 0) say(`days made: ${made.join(", ")}`);
      if (days.length + rows > 0) say(`older than RETENTION_DAYS, dropped: ${days.join(", ") || "no day"}, and ${rows} rows`);
    },
  };
  return { report, end: progress.clear };
}
