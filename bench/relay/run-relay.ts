import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startRelayProcess } from "../../dev/relay-process.ts";
import { readCounters, totals, type Totals } from "../../relay/state/counters.ts";
import type { Target } from "./post.ts";

const TOKEN = "the-token-of-the-bench";

/** A relay that is measured: a process of its own, with an empty store. */
export interface MeasuredRelay extends Target {
  pid: number;
  /** Its own counters. */
  totals(): Totals;
  /** SIGTERM, and its folder removed. */
  stop(): Promise<void>;
}

/** Starts a relay by the command line, another version's where its file is given; resolves when it takes deliveries. */
export async function runRelay(env: Readonly<Record<string, string>>, cli?: string): Promise<MeasuredRelay> {
  const folder = await mkdtemp(join(tmpdir(), "sightline-bench-"));
  const relay = await startRelayProcess({
    env: { RELAY_PORT: "0", RELAY_TOKEN: TOKEN, DATA_DIR: folder, LOG_LEVEL: "warn", ...env },
    ...(cli !== undefined && { cli }),
  });
  await taking(relay.url);
  return {
    pid: relay.pid,
    port: relay.port,
    token: TOKEN,
    totals: () => totals(readCounters(folder) ?? []),
    async stop() {
      const code = await relay.stop();
      await rm(folder, { recursive: true, force: true });
      if (code !== 0) throw new Error(`expected the relay to end with 0, got ${code}`);
    },
  };
}

/** How long a relay may take to open its bus, milliseconds. */
const OPEN_MS = 30_000;

async function taking(url: string): Promise<void> {
  const until = performance.now() + OPEN_MS;
  let words = "";
  while (performance.now() < until) {
    // On a machine that is very busy, a connection that was kept may be closed just now.
    const answer = await fetch(`${url}/readyz`).catch((error: Error) => error);
    words = answer instanceof Error ? answer.message : await answer.text();
    if (!(answer instanceof Error) && answer.ok) return;
    await sleep(50);
  }
  throw new Error(`expected the relay to take deliveries within ${OPEN_MS} ms: ${words}`);
}
