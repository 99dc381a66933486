/** The shape of a command of `sightline`. */
import type { ParseArgsOptionsConfig } from "node:util";
import type { Io } from "./io.ts";

/** An option of a command. */
export type Option = ParseArgsOptionsConfig[string] & {
  /** What it does, in one line. */
  help: string;
  /** What stands in its value's place in the help, for example `N`. @default none, as of a flag */
  value?: string;
};

/** How a command was called. */
export interface Call {
  /** Its options by name, those that were not given with their default. */
  values: Record<string, unknown>;
  /** What stands after it without `--`: as many as the command names. */
  args: string[];
  env: NodeJS.ProcessEnv;
  io: Io;
}

/** One command. */
export interface Command {
  /** How it is called, in one line. */
  usage: string;
  /** What it does, in one line. */
  summary: string;
  /** Its options by name, as node:util parseArgs takes them. */
  options: Readonly<Record<string, Option>>;
  /** It works on the stack that `npm start` runs, where there is one and the environment names no other. @default false */
  onStack?: boolean;
  /** It goes on to its end when nobody reads its output any more. @default false */
  finishes?: boolean;
  /** Names of what stands after it without `--`, in order; one in brackets may be left out. @default none */
  args?: readonly string[];
  /** Runs it, and resolves with the exit code. */
  run(call: Call): Promise<number>;
}

/** Commands that share a first word, as in `sightline keys list`. */
export interface Group {
  readonly commands: Commands;
  /** What the word alone does, or with options. @default the help of its commands */
  readonly alone?: Command;
}

/** Commands by name; a name can stand for commands of its own. */
export interface Commands {
  readonly [name: string]: Command | Group;
}

/** The command was called wrongly, or a setting is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** `--json`, the same of every command. */
export const JSON_OPTION: Option = { type: "boolean", help: "the result as JSON on stdout" };
