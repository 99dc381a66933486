/**
 * `npm start`: the whole way on this machine, in the foreground. Three addresses go to stdout when all is ready, everything else to
 * stderr; whether anybody reads them changes nothing. One Ctrl-C ends it. Exit codes: 0 ended in order, 1 something was lost, 2 it could not start.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { relative } from "node:path";
import process from "node:process";
import { readStackSettings } from "../dev/settings.ts";
import { type Stack, startStack } from "../dev/stack.ts";
import { createShop } from "./shop/server.ts";
import { stopSignals } from "../dev/stop-signals.ts";

function say(line: string): void {
  process.stderr.write(`sightline: ${line}\n`);
}

/** What works as it stands in the next terminal. */
function firstSteps({ serverKey, collector, envFile }: Stack): string {
  const what = {
    event_type: "purchase",
    timestamp: new Date().toISOString(),
    unit_type: "user",
    unit_id: "u_1",
    item_id: "sku-1",
  };
  const event = JSON.stringify({ ...what, metrics: { revenue: 25.5 } });
  const folder = process.env["DATA_DIR"] ? `DATA_DIR=${quoted(process.env["DATA_DIR"])} ` : "";
  return [
    "in the next terminal, from this folder:",
    `  ${folder}npx sightline verify    # also query, tail, doctor, dlq and keys`,
    `  . ${quoted(`./${relative(".", envFile)}`)}    # COLLECTOR, WEB_KEY and SERVER_KEY (${serverKey}), for the examples of docs/`,
    `  curl ${collector}/v1/events --header "Authorization: Bearer ${serverKey}" \\\n    --header "Content-Type: application/json" --data '${event}'`,
  ].join("\n");
}

/** As a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

async function main(): Promise<number> {
  const { stop, flush } = stopSignals();
  const relayToken = randomBytes(24).toString("base64url");
  const stack = await startStack(readStackSettings(process.env, relayToken), { relayToken, say, signal: stop, createShop }).catch(
    (error: unknown) => {
      if (stop.aborted) return undefined;
      throw error;
    },
  );
  if (!stack) return 0;
  process.stdout.write(`shop ${stack.shop}\nlive ${stack.live}\ncollector ${stack.collector}\n`);
  process.stderr.write(`\n${firstSteps(stack)}\n\n`);
  say("Ctrl-C stops taking, drains the queue and ends everything");
  if (!stop.aborted) await once(stop, "abort");
  const lost = await stack.stop(flush);
  if (lost > 0) say(`${lost} messages are lost: the disk did not take them`);
  return lost > 0 ? 1 : 0;
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
try {
  process.exit(await main());
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exit(2);
}
