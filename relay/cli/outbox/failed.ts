import { type FailedRow, failedRows } from "../../eventbus/outbox/operate.ts";
import { printable } from "../../lib/printable.ts";
import { readConfig } from "../../service/settings/config.ts";
import { columns } from "../lib/columns.ts";
import { type Command, JSON_OPTION } from "../lib/command.ts";
import { jsonLine } from "../lib/json-line.ts";
import { withDatabase } from "./database.ts";

const HEAD = ["ID", "FAILED AT", "STREAM", "KEY", "TYPE", "EVENT", "REASON"];

/** `sightline outbox failed`: what the bus has refused. */
export const failed: Command = {
  usage: "sightline outbox failed [--json]",
  summary: "shows the events that the bus refused for good, and why; with --json a line each",
  options: { json: { ...JSON_OPTION, help: "a line of JSON for each on stdout" } },
  async run({ values, env, io }) {
    const json = values["json"] === true;
    await withDatabase(readConfig(env).outbox, async (client) => {
      const cells: string[][] = [];
      for await (const row of failedRows(client)) {
        if (json) io.stdout.write(jsonLine(row));
        else cells.push(asCells(row));
      }
      if (!json) io.stdout.write(cells.length === 0 ? "no failed events\n" : columns([HEAD, ...cells]));
    });
    return 0;
  },
};

function asCells({ id, failed_at, stream, partition_key, event_type, event_id, reason }: FailedRow): string[] {
  return [id, failed_at, stream, partition_key ?? "-", event_type, event_id, reason].map(printable);
}
