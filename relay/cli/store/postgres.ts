import { formatNumber } from "../../lib/format-number.ts";
import { ConfigError } from "../../lib/settings.ts";
import { readConfig } from "../../service/settings/config.ts";
import { type PostgresStoreOptions, runPostgresStore } from "../../stores/postgres/run.ts";
import type { Command } from "../lib/command.ts";
import { jsonLine } from "../lib/json-line.ts";
import { readRunOptions, refuseNoBus, RUN_OPTIONS, startRunning } from "./running.ts";

/** `sightline store postgres`: writes what is on the bus into Postgres. */
export const postgres: Command = {
  usage: "sightline store postgres [--once [--patience 2m]] [--json]",
  summary: "writes the events of the bus into exp.events of the Postgres at DATABASE_URL, until SIGTERM",
  onStack: true,
  options: RUN_OPTIONS,
  async run({ values, env, io }) {
    const { once, patienceMs } = readRunOptions(values);
    const { bus, postgresStore: settings, service } = readConfig(env);
    const { databaseUrl } = settings;
    if (databaseUrl === undefined)
      throw new ConfigError(["DATABASE_URL: expected the address of the Postgres to store events in"]);
    refuseNoBus(bus);
    const shown = { io, name: "postgres", deadLetters: bus.deadLetters, host: service.host, port: settings.port };
    const { standing, say, faults, stored, refused, end } = await startRunning(shown);
    const { counts } = standing;
    const report: PostgresStoreOptions["report"] = {
      ...faults,
      refused,
      count(what, records) {
        if (what === "stored") stored(records);
        else counts[what] += records;
      },
      upkeep({ made, dropped: { days, rows } }) {
        if (made.length > 0) say(`days made: ${made.join(", ")}`);
        if (days.length + rows > 0) say(`older than RETENTION_DAYS, dropped: ${days.join(", ") || "no day"}, and ${rows} rows`);
      },
    };
    const how = { once, patienceMs, signal: io.stopSignal(), report, onReady: standing.joined };
    try {
      await runPostgresStore({ ...settings, ...how, databaseUrl, bus });
    } finally {
      await end();
    }
    const totals = { stored: counts.stored, duplicates: counts.duplicates, refused: counts.refused };
    const [told, again, dead] = Object.values(totals).map(formatNumber);
    const text = `stored ${told}, already there ${again}, refused ${dead}\n`;
    io.stdout.write(values["json"] === true ? jsonLine(totals) : text);
    return once && counts.refused > 0 ? 1 : 0;
  },
};
