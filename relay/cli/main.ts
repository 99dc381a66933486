#!/usr/bin/env -S node --no-warnings --max-semi-space-size=16
/**
 * The command line `sightline`: one command a file.
 *
 * Answers go to stdout and talk to stderr, so that `--json` can be piped. Exit codes: 0 done, 1 failed, 2 called wrongly.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { columns } from "./lib/columns.ts";
import { commands } from "./commands.ts";
import { type Command, type Commands, UsageError } from "./lib/command.ts";
import { ConfigError } from "../service/settings/config.ts";
import { printableLines } from "../lib/printable.ts";
import { withRunningStack } from "./lib/running-stack.ts";

/** Runs what `argv` names `among` commands; `path` is what it was called by so far. */
async function main(among: Commands, [name, ...rest]: string[], path = "sightline"): Promise<number> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(`${path} <command>\n\n${help(among).join("\n")}\n`);
    return name === undefined ? 2 : 0;
  }
  const entry = Object.hasOwn(among, name) ? among[name] : undefined;
  if (!entry) throw new UsageError(`no command ${name}: expected one of ${Object.keys(among).join(", ")}`);
  if ("commands" in entry) return main(entry.commands, rest, `${path} ${name}`);
  const { values, positionals } = parse(entry, rest);
  if (values["help"] === true) {
    process.stdout.write(commandHelp(entry));
    return 0;
  }
  const { args = [], usage } = entry;
  const required = args.filter((arg) => !arg.startsWith("["));
  if (positionals.length < required.length || positionals.length > args.length) {
    const expected = args.length === 0 ? "nothing but options" : args.join(" ");
    throw new UsageError(`${expected} was expected, got ${positionals.join(" ") || "nothing"}\nusage: ${usage}`);
  }
  leaveWhenUnread(entry);
  return entry.run(values, entry.onStack === true ? withRunningStack(process.env) : process.env, positionals);
}

/** `sightline tail | head` is over when head is, and no error. What changes something goes on to its end, unread. */
function leaveWhenUnread({ finishes = false }: Command): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      if (!finishes) process.exit(process.exitCode ?? 0);
    });
  }
}

function parse({ options, usage }: Command, args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { ...options, help: { type: "boolean", short: "h" } } });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nusage: ${usage}`);
  }
}

function commandHelp({ usage, summary, options, onStack }: Command): string {
  const rows = Object.entries(options).map(([name, { value, help: text, default: usual }]) => [
    `  --${name}${value === undefined ? "" : ` ${value}`}`,
    usual === undefined ? text : `${text} (default ${String(usual)})`,
  ]);
  const stack = onStack === true ? "\n  Where npm start runs in this folder, it works on that stack.\n" : "";
  return `${usage}\n\n  ${summary}\n${stack}\n${columns([...rows, ["  --help, -h", "this text"]])}`;
}

function help(among: Commands): string[] {
  return Object.values(among).flatMap((entry) =>
    "commands" in entry ? help(entry.commands) : [`  ${entry.usage}\n      ${entry.summary}`],
  );
}

// kafkajs 2.2.4 asks for a timer of negative length after each quiet spell; Node says so on stderr, and nothing is wrong.
process.on("warning", ({ name, message }) => {
  if (name !== "TimeoutNegativeWarning") process.stderr.write(`${name}: ${message}\n`);
});

try {
  process.exitCode = await main(commands, process.argv.slice(2));
} catch (error) {
  process.stderr.write(printableLines(`sightline: ${error instanceof Error ? error.message : String(error)}`));
  process.exitCode = error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
}
