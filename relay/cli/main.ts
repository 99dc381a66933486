#!/usr/bin/env -S node --no-warnings --max-semi-space-size=16
/** The process around the command line `sightline`: its streams, its signals and its exit code. */
import process from "node:process";
import { commands } from "./commands.ts";
import { findCommand } from "./lib/find-command.ts";
import { run } from "./run.ts";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
const argv = process.argv.slice(2);
const stopping = new AbortController();

/** Aborts at the first signal, or when the process that started this one is gone; a second signal ends the process at once. */
function stopSignal(): AbortSignal {
  const stop = (): void => {
    for (const signal of SIGNALS) process.off(signal, stop).once(signal, () => process.exit(1));
    process.off("disconnect", stop);
    stopping.abort();
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  process.on("disconnect", stop);
  return stopping.signal;
}

// `sightline tail | head` is over when head is, and no error. What changes something goes on to its end, unread.
const finishes = findCommand(commands, argv).command?.finishes === true;
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (!finishes) process.exit(process.exitCode ?? 0);
  });
}

process.exitCode = await run(argv, process.env, {
  stdout: process.stdout,
  stderr: process.stderr,
  // Opened only where somebody is asked.
  get stdin() {
    return process.stdin;
  },
  stopSignal,
});
// Whatever a client library still keeps alive must not keep a process that was told to end.
if (stopping.signal.aborted) process.exit();
