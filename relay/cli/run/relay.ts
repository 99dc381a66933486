import process from "node:process";
import { readConfig } from "../../service/settings/config.ts";
import type { RunningRelay } from "../../service/main.ts";
import type { Command } from "../lib/command.ts";
import { toldToStop } from "../lib/told-to-stop.ts";

/** After SHUTDOWN_SECONDS each step of the end has its last second; what is not closed by then is ended with the process. */
const GRACE_MS = 4_500;

/** `sightline relay`: the service itself. */
export const relay: Command = {
  usage: "sightline relay",
  summary: "takes deliveries of the queue and forwards them to the bus that EVENT_PUBLISHER names, until SIGTERM",
  options: {},
  async run(_values, env) {
    // Loaded now: no other command has to wait for what a running relay needs.
    const { runRelay } = await import("../../service/main.ts");
    const running = await runRelay(env);
    await toldToStop();
    await end(running, readConfig(env).SHUTDOWN_SECONDS);
    // Whatever a client library still keeps alive must not keep the process.
    process.exit(0);
  },
};

/** Ends in order; a second signal ends at once, and so does the time: what hangs must not outlive an orchestrator's patience. */
async function end(running: RunningRelay, seconds: number): Promise<void> {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(1));
  const late = setTimeout(() => process.exit(1), seconds * 1000 + GRACE_MS);
  await running.stop();
  clearTimeout(late);
}
