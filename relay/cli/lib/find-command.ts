import type { Command, Commands } from "./command.ts";

/** Where the words of a call lead. */
export interface Found {
  /** What they are so far, for example `sightline keys`. */
  path: string;
  /** The commands there. */
  among: Commands;
  /** The word that follows `path`; undefined where there is none. */
  name: string | undefined;
  /** The command of that name; undefined where there is none. */
  command: Command | undefined;
  /** What follows the name. */
  rest: string[];
}

/** Follows `argv` through the groups of commands to a command. */
export function findCommand(among: Commands, [name, ...rest]: readonly string[], path = "sightline"): Found {
  const entry = name !== undefined && Object.hasOwn(among, name) ? among[name] : undefined;
  if (entry === undefined || !("commands" in entry)) return { path, among, name, command: entry, rest };
  const own = entry.alone !== undefined && (rest[0] === undefined || rest[0].startsWith("-"));
  return own ? { path, among, name, command: entry.alone, rest } : findCommand(entry.commands, rest, `${path} ${name}`);
}
