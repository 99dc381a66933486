/** Runs an example of a subscriber as its user would, and publishes until it has said what it is to say. */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { createEventBus, type NewEvent } from "../../../relay/eventbus/index.ts";
import { end, spawnTied } from "../../services/spawn-tied.ts";

/** What the example said last, once it has said something. */
export async function runExample(name: string, env: NodeJS.ProcessEnv, channel: string, event: NewEvent): Promise<string> {
  const child = spawnTied("node", [`examples/subscriber/${name}.ts`], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const bus = await createEventBus({ env: { ...env, EVENT_PUBLISHER: name, EVENT_BUS_VALIDATE_ON_PUBLISH: "false" } });
  const lines: string[] = [];
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  createInterface({ input: child.stderr }).on("line", (line) => errors.push(line));
  try {
    // Whoever subscribes to a channel hears what is published from then on: so it is published until it is heard.
    while (lines.length === 0 && child.exitCode === null) {
      await bus.publish(channel, event);
      await sleep(100);
    }
    expect(errors).toEqual([]);
    await end(child, "SIGINT");
    expect(child.exitCode).toBe(0);
  } finally {
    await end(child, "SIGKILL");
    await bus.close();
  }
  return lines[0] ?? "";
}
