import { printable } from "../../lib/printable.ts";
import type { Io } from "../lib/io.ts";

/** Says on stderr what goes on, a line each, under the name of the command. */
export function saying({ stderr }: Io, command: string): (line: string) => void {
  return (line) => void stderr.write(`sightline stream ${command}: ${printable(line)}\n`);
}
