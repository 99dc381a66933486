import process from "node:process";
import { type RunningRelay, runRelay } from "../main.ts";
import type { Command } from "./command.ts";

/** `sightline relay`: the service itself. */
export const relay: Command = {
  usage: "sightline relay",
  summary: "takes deliveries of the queue and forwards them to the bus that EVENT_PUBLISHER names, until SIGTERM",
  options: {},
  async run(_values, env) {
    const running = await runRelay(env);
    await toldToStop();
    await end(running);
    // Whatever a client library still keeps alive must not keep the process.
    process.exit(0);
  },
};

/** Resolves at the first signal, or when the process that started this one is gone. */
async function toldToStop(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
    process.once("disconnect", () => resolve());
  });
}

/** Ends in order; a second signal ends at once. */
async function end(running: RunningRelay): Promise<void> {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(1));
  await running.stop();
}
