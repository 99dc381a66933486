#!/usr/bin/env -S node --no-warnings --max-semi-space-size=16
/**
 * The command line `sightline`: one command a file.
 *
 * Answers go to stdout and talk to stderr, so that `--json` can be piped. Exit codes: 0 done, 1 failed, 2 called wrongly.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { type Command, type Commands, UsageError } from "./command.ts";
import { ConfigError } from "../config.ts";
import { config } from "./config.ts";
import { dedup } from "./dedup.ts";
import { dlq } from "./dlq.ts";
import { doctor } from "./doctor.ts";
import { keys } from "./keys.ts";
import { queueEmulator } from "./queue-emulator.ts";
import { relay } from "./relay.ts";
import { tail } from "./tail.ts";
import { verify } from "./verify.ts";

const root: Commands = { relay, verify, tail, dlq, dedup, doctor, config, keys, "queue-emulator": queueEmulator };

/** Runs what `argv` names among `commands`; `path` is what it was called by so far. */
async function main(commands: Commands, [name, ...rest]: string[], path = "sightline"): Promise<number> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(`${path} <command>\n\n${help(commands).join("\n")}\n`);
    return name === undefined ? 2 : 0;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) throw new UsageError(`no command ${name}: expected one of ${Object.keys(commands).join(", ")}`);
  if ("commands" in entry) return main(entry.commands, rest, `${path} ${name}`);
  const { values, positionals } = parse(entry, rest);
  if (values["help"] === true) {
    process.stdout.write(`${entry.usage}\n\n  ${entry.summary}\n`);
    return 0;
  }
  const { args = [], usage } = entry;
  const required = args.filter((arg) => !arg.startsWith("["));
  if (positionals.length < required.length || positionals.length > args.length) {
    const expected = args.length === 0 ? "nothing but options" : args.join(" ");
    throw new UsageError(`${expected} was expected, got ${positionals.join(" ") || "nothing"}\nusage: ${usage}`);
  }
  return entry.run(values, process.env, positionals);
}

function parse({ options, usage }: Command, args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { ...options, help: { type: "boolean", short: "h" } } });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nusage: ${usage}`);
  }
}

function help(commands: Commands): string[] {
  return Object.values(commands).flatMap((entry) =>
    "commands" in entry ? help(entry.commands) : [`  ${entry.usage}\n      ${entry.summary}`],
  );
}

// kafkajs 2.2.4 asks for a timer of negative length after each quiet spell; Node says so on stderr, and nothing is wrong.
process.on("warning", ({ name, message }) => {
  if (name !== "TimeoutNegativeWarning") process.stderr.write(`${name}: ${message}\n`);
});

try {
  process.exitCode = await main(root, process.argv.slice(2));
} catch (error) {
  process.stderr.write(`sightline: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
}
