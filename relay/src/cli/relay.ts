import { once } from "node:events";
import { runRelay } from "../main.ts";
import type { Command } from "./command.ts";

/** `sightline relay`: the service itself. */
export const relay: Command = {
  usage: "sightline relay",
  summary: "takes deliveries of the queue and forwards them to the bus that EVENT_PUBLISHER names, until SIGTERM",
  options: {},
  async run(_values, env) {
    await runRelay(env);
    await once(process, "exit");
    return 0;
  },
};
