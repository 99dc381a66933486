import { readConfig } from "../../service/settings/config.ts";
import type { RunningRelay } from "../../service/main.ts";
import { aborted } from "../../lib/aborted.ts";
import type { Command } from "../lib/command.ts";

/** After SHUTDOWN_SECONDS each step of the end has its last second; what is not closed by then is ended with the process. */
const GRACE_MS = 4_500;

/** `sightline relay`: the service itself. */
export const relay: Command = {
  usage: "sightline relay",
  summary: "takes deliveries of the queue and forwards them to the bus that EVENT_PUBLISHER names, until SIGTERM",
  options: {},
  async run({ env, io }) {
    // Loaded now: no other command has to wait for what a running relay needs.
    const { runRelay } = await import("../../service/main.ts");
    const running = await runRelay(env);
    await aborted(io.stopSignal());
    return end(running, readConfig(env).service.shutdownSeconds);
  },
};

/** Ends in order; 1 where that takes too long: what hangs must not outlive an orchestrator's patience. */
async function end(running: RunningRelay, seconds: number): Promise<number> {
  const late = Promise.withResolvers<number>();
  const timer = setTimeout(() => late.resolve(1), seconds * 1000 + GRACE_MS);
  const code = await Promise.race([running.stop().then(() => 0), late.promise]);
  clearTimeout(timer);
  return code;
}
