/**
 * `npm start`: the whole way on this machine, in the foreground. Three addresses go to stdout when all is ready, everything else to
 * stderr. One Ctrl-C ends it. Exit codes: 0 ended in order, 1 something was lost, 2 it could not start.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import process from "node:process";
import { readStackSettings } from "./settings.ts";
import { startStack } from "./stack.ts";
import { stopSignals } from "./stop-signals.ts";

function say(line: string): void {
  process.stderr.write(`sightline: ${line}\n`);
}

async function main(): Promise<number> {
  const { stop, hurry } = stopSignals();
  const relayToken = randomBytes(24).toString("base64url");
  const stack = await startStack(readStackSettings(process.env, relayToken), { relayToken, say, signal: stop }).catch(
    (error: unknown) => {
      if (stop.aborted) return undefined;
      throw error;
    },
  );
  if (!stack) return 0;
  process.stdout.write(`shop ${stack.shop}\nlive ${stack.live}\ncollector ${stack.collector}\n`);
  say("Ctrl-C stops taking, drains the queue and ends everything");
  if (!stop.aborted) await once(stop, "abort");
  const lost = await stack.stop(hurry);
  if (lost > 0) say(`${lost} messages are lost: the disk did not take them`);
  return lost > 0 ? 1 : 0;
}

try {
  process.exit(await main());
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exit(2);
}
