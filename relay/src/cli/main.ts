#!/usr/bin/env -S node --no-warnings
/**
 * The command line `sightline`: one command a file.
 *
 * Answers go to stdout and talk to stderr, so that `--json` can be piped. Exit codes: 0 done, 1 failed, 2 called wrongly.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import type { Command } from "./command.ts";
import { UsageError } from "./command.ts";
import { ConfigError } from "../config.ts";
import { config } from "./config.ts";
import { relay } from "./relay.ts";
import { verify } from "./verify.ts";

const commands: Record<string, Command> = { relay, verify, config };

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(help());
    return name === undefined ? 2 : 0;
  }
  const command = commands[name];
  if (!command) throw new UsageError(`no command ${name}: expected one of ${Object.keys(commands).join(", ")}`);
  const { values } = parse(command, args);
  if (values["help"] === true) {
    process.stdout.write(`${command.usage}\n\n  ${command.summary}\n`);
    return 0;
  }
  return command.run(values, process.env);
}

function parse(command: Command, args: string[]) {
  try {
    return parseArgs({ args, options: { ...command.options, help: { type: "boolean", short: "h" } } });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nusage: ${command.usage}`);
  }
}

function help(): string {
  const rows = Object.values(commands).map(({ usage, summary }) => `  ${usage}\n      ${summary}`);
  return `sightline <command>\n\n${rows.join("\n")}\n`;
}

// kafkajs 2.2.4 asks for a timer of negative length after each quiet spell; Node says so on stderr, and nothing is wrong.
process.on("warning", ({ name, message }) => {
  if (name !== "TimeoutNegativeWarning") process.stderr.write(`${name}: ${message}\n`);
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`sightline: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
}
