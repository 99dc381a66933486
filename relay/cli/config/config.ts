import { configRows } from "../../service/settings/config.ts";
import { JSON_OPTION, type Command } from "../lib/command.ts";
import { configTable } from "./config-table.ts";
import { jsonLine } from "../lib/json-line.ts";

/** Characters a line where the output goes into a file or a pipe. */
const WIDTH = 130;

/** `sightline config`: the settings in force. */
export const config: Command = {
  usage: "sightline config [--json]",
  summary: "prints every setting with its value in force; * marks those from the environment",
  options: { json: JSON_OPTION },
  async run({ values: { json }, env, io }) {
    const rows = configRows(env);
    io.stdout.write(
      json === true ? jsonLine(rows) : `${configTable(rows, io.stdout.columns ?? WIDTH)}\n\n* from the environment\n`,
    );
    return 0;
  },
};
