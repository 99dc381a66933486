/** The shape of a command of `sightline`. */
import type { ParseArgsOptionsConfig } from "node:util";

/** One command. */
export interface Command {
  /** How it is called, in one line. */
  usage: string;
  /** What it does, in one line. */
  summary: string;
  /** Its options, as node:util parseArgs takes them. */
  options: ParseArgsOptionsConfig;
  /** Names of what stands after it without `--`, in order; one in brackets may be left out. @default none */
  args?: readonly string[];
  /** Runs it; answers the exit code. `args` are as many as it names. */
  run(values: Record<string, unknown>, env: NodeJS.ProcessEnv, args: string[]): Promise<number>;
}

/** Commands by name; a name can stand for commands of its own, as in `sightline keys list`. */
export interface Commands {
  readonly [name: string]: Command | { readonly commands: Commands };
}

/** The command was called wrongly, or a setting is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
