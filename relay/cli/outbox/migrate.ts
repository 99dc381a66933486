import { migrateOutbox, OUTBOX_TABLE } from "../../eventbus/outbox/table.ts";
import { readConfig } from "../../service/settings/config.ts";
import { type Command, JSON_OPTION } from "../lib/command.ts";
import { jsonLine } from "../lib/json-line.ts";
import { withDatabase } from "./database.ts";

/** `sightline outbox migrate`: makes the table. */
export const migrate: Command = {
  usage: "sightline outbox migrate [--json]",
  summary: "makes the outbox's table where it is missing, as a role that may CREATE in the schema",
  options: { json: JSON_OPTION },
  finishes: true,
  async run({ values, env, io }) {
    await withDatabase(readConfig(env).outbox, migrateOutbox);
    io.stdout.write(values["json"] === true ? jsonLine({ table: OUTBOX_TABLE }) : `the table ${OUTBOX_TABLE} is there\n`);
    return 0;
  },
};
