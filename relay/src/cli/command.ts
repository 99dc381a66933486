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
  /** Runs it; answers the exit code. */
  run(values: Record<string, unknown>, env: NodeJS.ProcessEnv): Promise<number>;
}

/** The command was called wrongly, or a setting is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
