import { configRows, readConfig } from "../config.ts";
import type { Command } from "./command.ts";

/** `sightline config`: the settings in force. */
export const config: Command = {
  usage: "sightline config [--json]",
  summary: "prints every setting with its value in force; * marks those from the environment",
  options: { json: { type: "boolean" } },
  async run({ json }, env) {
    const rows = configRows(readConfig(env), env);
    const line = ({ name, value, set, doc }: (typeof rows)[number]) => `${set ? "*" : " "} ${name}=${value}\n      ${doc}`;
    process.stdout.write(json === true ? `${JSON.stringify(rows)}\n` : `${rows.map(line).join("\n")}\n`);
    return 0;
  },
};
