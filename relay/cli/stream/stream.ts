import type { Group } from "../lib/command.ts";
import { check } from "./check.ts";
import { importing } from "./import.ts";
import { print } from "./print.ts";
import { run } from "./run.ts";

/** `sightline stream …`: Flink jobs that count as the other commands do, for who outgrows one machine. */
export const stream: Group = { commands: { run, print, check, import: importing } };
