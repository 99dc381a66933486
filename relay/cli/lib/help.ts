import { columns } from "./columns.ts";
import type { Command, Commands } from "./command.ts";

/** What commands there are, under the words that they are called by. */
export function groupHelp(path: string, among: Commands): string {
  return `${path} <command>\n\n${lines(among).join("\n")}\n`;
}

/** How a command is called, with each of its options. */
export function commandHelp({ usage, summary, options, onStack }: Command): string {
  const rows = Object.entries(options).map(([name, { value, help, default: usual }]) => [
    `  --${name}${value === undefined ? "" : ` ${value}`}`,
    usual === undefined ? help : `${help} (default ${String(usual)})`,
  ]);
  const stack = onStack === true ? "\n  Where npm start runs in this folder, it works on that stack.\n" : "";
  return `${usage}\n\n  ${summary}\n${stack}\n${columns([...rows, ["  --help, -h", "this text"]])}`;
}

const line = ({ usage, summary }: Command): string => `  ${usage}\n      ${summary}`;

function lines(among: Commands): string[] {
  return Object.values(among).flatMap((entry) =>
    "commands" in entry ? [...(entry.alone ? [line(entry.alone)] : []), ...lines(entry.commands)] : [line(entry)],
  );
}
