/** The local stack: relay, collector with its queue, and shop; started in that order, and ended so that no event is lost. */
import type { Server } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { holdFolder, StateError } from "../relay/src/dedup/database.ts";
import { closeServer } from "./close-server.ts";
import { type Collector, startCollector } from "./collector.ts";
import { drain } from "./drain.ts";
import { createFront } from "./front.ts";
import { createGate, type Gate } from "./gate.ts";
import { findPort, listen } from "./listen.ts";
import type { StackSettings } from "./settings.ts";
import { createShop } from "./shop/server.ts";
import { openSpool, type Spool } from "./spool.ts";
import { readStackFile, removeStackFile, type StackFile, writeStackFile } from "./stack-file.ts";
import { superviseRelay } from "./supervised-relay.ts";

/** Keys of wrangler.toml's development variables. */
const WEB_KEY = "wk_demo";
const SERVER_KEY = "sk_demo";
/** How long the queue may take to drain before what is left goes to the spool, milliseconds. */
const DRAIN_MS = 20_000;
/** How long the queue may take to hand over to the spool, milliseconds. */
const SPOOL_MS = 10_000;
/** Pause between two tries to give the relay what an earlier run kept, milliseconds. */
const POST_MS = 1_000;

/** A running stack. */
export interface Stack {
  /** The three addresses. */
  shop: string;
  live: string;
  collector: string;
  /**
   * Stops taking, drains the queue (or spools what the bus does not take within 20 s, or at once where `hurry` is aborted) and ends
   * everything. Answers how many messages were lost: 0 but where the disk refused them.
   */
  stop(hurry: AbortSignal): Promise<number>;
}

interface StartOptions {
  relayToken: string;
  /** Told what goes on. */
  say: (line: string) => void;
  /** Ends the start; it rejects then, with nothing left running. */
  signal: AbortSignal;
}

/** Starts everything. Rejects, with nothing left running, where a part does not start or another stack holds the DATA_DIR. */
export async function startStack(settings: StackSettings, { relayToken, say, signal }: StartOptions): Promise<Stack> {
  await using undo = new AsyncDisposableStack();
  const { dataDir, publisher } = settings;
  const lock = hold(dataDir);
  undo.defer(() => lock.close());
  const spool = openSpool(join(dataDir, "spool"));

  let file: StackFile | undefined;
  undo.defer(() => removeStackFile(dataDir));
  let relayPid = 0;
  const onStart = (pid: number): void => {
    relayPid = pid;
    if (file) writeStackFile(dataDir, (file = { ...file, relay_pid: pid }));
  };
  const port = await findPort(settings.relay, say);
  say(`starting the relay (bus: ${publisher}, data in ${dataDir})`);
  const relay = await superviseRelay({ env: { ...settings.relayEnv, RELAY_PORT: String(port) }, say, onStart });
  undo.defer(() => relay.stop());
  await untilTaking(relay.url, say, signal);
  const posting = postSpool(spool, { url: relay.url, token: relayToken }, say);
  undo.defer(() => posting.stop());

  signal.throwIfAborted();
  say("starting the collector in workerd, with a local queue");
  const gate = createGate({ relayUrl: relay.url, spool });
  const collector = await startCollector({
    relayUrl: relay.url,
    relayToken,
    vars: { RETRY_DELAY_MAX_SECONDS: 1 },
    outbound: gate.outbound,
  });
  undo.defer(() => collector.close());
  const front = createFront(collector.url);
  undo.defer(() => closeServer(front));
  const collectorUrl = address(await listen(front, settings.collector, say));

  signal.throwIfAborted();
  say("building the shop");
  const shop = await createShop({ collector: collectorUrl, writeKey: WEB_KEY });
  undo.defer(() => closeServer(shop));
  const shopUrl = address(await listen(shop, settings.shop, say));
  signal.throwIfAborted();
  file = {
    pid: process.pid,
    relay_pid: relayPid,
    shop: shopUrl,
    live: relay.url,
    collector: collectorUrl,
    relay: relay.url,
    web_key: WEB_KEY,
    server_key: SERVER_KEY,
    relay_token: relayToken,
    publisher,
  };
  writeStackFile(dataDir, file);

  const parts = undo.move();
  return {
    shop: shopUrl,
    live: relay.url,
    collector: collectorUrl,
    async stop(hurry) {
      const lost = await finish({ servers: [shop, front], collector, gate, posting, spool, say }, hurry);
      await parts.disposeAsync();
      return lost;
    },
  };
}

interface Parts {
  servers: Server[];
  collector: Collector;
  gate: Gate;
  posting: Posting;
  spool: Spool;
  say: (line: string) => void;
}

/** Stops taking, then empties the queue into the bus or the spool. Answers how many messages stayed behind. */
async function finish({ servers, collector, gate, posting, spool, say }: Parts, hurry: AbortSignal): Promise<number> {
  say("stopping: no more requests are taken, the queue is drained (again Ctrl-C: keep what is left on the disk, and end)");
  await Promise.all(servers.map((server) => closeServer(server)));
  if (await drain(collector, gate, AbortSignal.any([hurry, AbortSignal.timeout(DRAIN_MS)]))) {
    say("the queue is empty: everything is on the bus");
    return 0;
  }
  await posting.stop();
  await gate.spool().catch((error: unknown) => say(`the spool cannot be written: ${String(error)}`));
  const done = await drain(collector, gate, AbortSignal.timeout(SPOOL_MS));
  say(`${spool.count()} messages that the bus did not take are in the spool; the next start sends them first`);
  if (done) return 0;
  return gate.unacked() + (await collector.backlog());
}

function hold(dataDir: string) {
  try {
    return holdFolder(join(dataDir, "start.lock"));
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    const running = readStackFile(dataDir);
    const who = running ? `process ${running.pid}, shop ${running.shop}` : "it is still starting";
    throw new StateError(`a stack runs on ${dataDir} already (${who}): stop it first, or set another DATA_DIR`, { cause: error });
  }
}

/** A relay listens before its bus is open. A bus that is down is no reason not to start: the queue keeps the events. */
async function untilTaking(url: string, say: (line: string) => void, signal: AbortSignal): Promise<void> {
  const patience = AbortSignal.timeout(10_000);
  for (;;) {
    const answer = await fetch(`${url}/readyz`, { signal }).catch(() => undefined);
    if (answer?.ok) return;
    signal.throwIfAborted();
    if (patience.aborted)
      return say(`the relay does not take yet (${(await answer?.text())?.trim()}); the queue keeps the events`);
    await sleep(100);
  }
}

interface Posting {
  stop(): Promise<void>;
}

/** Gives the relay what an earlier run kept, again and again until it has taken all. */
function postSpool(spool: Spool, relay: { url: string; token: string }, say: (line: string) => void): Posting {
  const stopping = new AbortController();
  const { signal } = stopping;
  const work = async (): Promise<void> => {
    const messages = spool.count();
    if (messages === 0) return;
    say(`sending ${messages} messages that an earlier run kept`);
    while ((await spool.post(relay, signal)) > 0) {
      await sleep(POST_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
    }
    say("what an earlier run kept is on the bus");
  };
  const working = work().catch((error: unknown) => say(`the spool cannot be sent: ${String(error)}`));
  return {
    stop() {
      stopping.abort();
      return working;
    },
  };
}

function address(port: number): string {
  return `http://127.0.0.1:${port}`;
}
