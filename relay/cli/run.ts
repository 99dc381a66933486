/**
 * The command line `sightline`, without its process: one command a file.
 *
 * Results go to stdout and everything else to stderr, so that `--json` can be piped. Exit codes: 0 done, 1 failed, 2 called wrongly.
 */
import { parseArgs } from "node:util";
import { commands } from "./commands.ts";
import { type Command, UsageError } from "./lib/command.ts";
import { findCommand, type Found } from "./lib/find-command.ts";
import { commandHelp, groupHelp } from "./lib/help.ts";
import type { Io } from "./lib/io.ts";
import { withRunningStack } from "./lib/running-stack.ts";
import { ConfigError } from "../lib/settings.ts";
import { printableLines } from "../lib/printable.ts";

const HELP = new Set([undefined, "help", "--help", "-h"]);

/** Runs what `argv` calls, and resolves with the exit code; an error is on stderr by then. */
export async function run(argv: readonly string[], env: NodeJS.ProcessEnv, io: Io): Promise<number> {
  try {
    return await call(findCommand(commands, argv), env, io);
  } catch (error) {
    io.stderr.write(printableLines(`sightline: ${error instanceof Error ? error.message : String(error)}`));
    return error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
  }
}

async function call({ command, name, among, path, rest }: Found, env: NodeJS.ProcessEnv, io: Io): Promise<number> {
  if (command === undefined) {
    if (!HELP.has(name)) throw new UsageError(`no command ${name}: expected one of ${Object.keys(among).join(", ")}`);
    io.stdout.write(groupHelp(path, among));
    return name === undefined ? 2 : 0;
  }
  const { values, positionals: args } = parse(command, rest);
  if (values["help"] === true) {
    io.stdout.write(commandHelp(command));
    return 0;
  }
  refuseWrongArgs(command, args);
  return command.run({ values, args, env: command.onStack === true ? withRunningStack(env) : env, io });
}

function parse({ options, usage }: Command, args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { ...options, help: { type: "boolean", short: "h" } } });
  } catch (error) {
    throw new UsageError(`${wrongOption(error as NodeJS.ErrnoException, Object.keys(options))}\nusage: ${usage}`);
  }
}

/** What is wrong, in fewer words than Node has for it. */
function wrongOption({ code, message }: NodeJS.ErrnoException, names: string[]): string {
  const [, given = ""] = /'(-[^ ']*)/.exec(message) ?? [];
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION")
    return `no option ${given}: expected one of ${names.map((name) => `--${name}`).join(", ")}`;
  if (code === "ERR_PARSE_ARGS_INVALID_OPTION_VALUE")
    return /does not take/.test(message) ? `${given}: expected no value` : `${given}: expected a value`;
  return message;
}

function refuseWrongArgs({ args = [], usage }: Command, given: string[]): void {
  const required = args.filter((arg) => !arg.startsWith("["));
  if (given.length >= required.length && given.length <= args.length) return;
  const expected = args.length === 0 ? "nothing but options" : args.join(" ");
  throw new UsageError(`expected ${expected}, got ${given.join(" ") || "nothing"}\nusage: ${usage}`);
}
