/** The local stack: relay, collector with its queue, and shop; started in that order, and ended so that no event is lost. */
import { join } from "node:path";
import { holdFolder, StateError } from "../relay/lib/database.ts";
import { closeServer } from "../relay/lib/close-server.ts";
import { startCollector } from "./collector.ts";
import { finish } from "./finish.ts";
import { createFront } from "./front.ts";
import { createGate } from "./gate.ts";
import { serveKeys } from "./keys-env.ts";
import { findPort, listen } from "./listen.ts";
import { postSpool } from "./post-spool.ts";
import type { StackSettings } from "./settings.ts";
import type { Server } from "node:http";
import { openSpool } from "./spool.ts";
import { readStackFile, removeStackFile, type StackFile, writeStackFile } from "../relay/cli/lib/stack-file.ts";
import { writeEnvFile } from "./env-file.ts";
import { type StoreProcess, superviseStore } from "./supervised-store.ts";
import { superviseRelay } from "./supervised-relay.ts";
import { untilTaking } from "./until-taking.ts";

/** Keys of wrangler.toml's development variables. */
const KEYS = { web_key: "wk_demo", server_key: "sk_demo" };
/** Seconds between two deliveries of a message, at most: on one machine a relay that comes back is waited for, not an outage. */
const RETRY_DELAY_MAX_SECONDS = 1;
/** Requests of a key in 10 s: on a fast machine `npm run replay`, a single sender without a network between, is above the usual 1,000. */
const KEY_LIMIT = 100_000;

/** A running stack. */
export interface Stack {
  /** Its addresses. */
  shop: string;
  live: string;
  collector: string;
  /** Secret key for backends. */
  serverKey: string;
  /** A file to source for the examples of the docs: COLLECTOR, WEB_KEY and SERVER_KEY. */
  envFile: string;
  /**
   * Stops taking, drains the queue (or spools what the bus does not take within 20 s, or at once where `flush` is aborted) and ends
   * everything. Resolves with how many messages were lost: 0 but where the disk refused them.
   */
  stop(flush: AbortSignal): Promise<number>;
}

interface StartOptions {
  relayToken: string;
  /** Told what goes on. */
  say: (line: string) => void;
  /** Ends the start; it rejects then, with nothing left running. */
  signal: AbortSignal;
  /** Makes the page that is served beside the stack: the shop. */
  createShop: (to: { collector: string; writeKey: string; live: string }) => Promise<Server>;
}

/** Starts everything. Rejects, with nothing left running, where a part does not start or another stack holds the DATA_DIR. */
export async function startStack(settings: StackSettings, options: StartOptions): Promise<Stack> {
  await using undo = new AsyncDisposableStack();
  const { dataDir, publisher } = settings;
  const { relayToken, say, signal, createShop } = options;
  const lock = lockFolder(dataDir);
  undo.defer(() => lock.close());
  const spool = openSpool(join(dataDir, "spool"));
  const note = noteStack(dataDir);
  undo.defer(note.remove);

  // Ended after the relay, and so told of what that publishes last.
  let store: StoreProcess | undefined;
  undo.defer(() => store?.stop());
  const relay = await startRelay(settings, options, note.relayPid);
  undo.defer(() => relay.stop());
  await untilTaking(relay.url, say, signal);
  if (settings.hasStore) store = superviseStore({ env: settings.storeEnv, say });
  const posting = postSpool(spool, { url: relay.url, token: relayToken }, say);
  undo.defer(() => posting.stop());

  signal.throwIfAborted();
  say("starting the collector in workerd, with a local queue");
  const gate = createGate({ relayUrl: relay.url, spool });
  const collectorOptions = { vars: { RETRY_DELAY_MAX_SECONDS }, limits: { KEY_LIMIT }, outbound: gate.outbound };
  const inner = await startCollector({ relayUrl: relay.url, relayToken, ...collectorOptions });
  undo.defer(() => inner.close());
  const keys = await serveKeys(inner.keyStore, say);
  undo.defer(keys.close);
  const front = createFront(inner.url);
  undo.defer(() => closeServer(front));
  const collector = address(await listen(front, settings.collector, say));

  signal.throwIfAborted();
  say("building the shop");
  const shopServer = await createShop({ collector, writeKey: KEYS.web_key, live: relay.url });
  undo.defer(() => closeServer(shopServer));
  const shop = address(await listen(shopServer, settings.shop, say));
  signal.throwIfAborted();
  const own = { RELAY_URL: relay.url, RELAY_TOKEN: relayToken, DATA_DIR: dataDir };
  note.write({
    shop,
    live: relay.url,
    collector,
    relay: relay.url,
    ...KEYS,
    relay_token: relayToken,
    publisher,
    settings: { ...settings.busSettings, ...keys.settings, ...own },
  });
  const env = writeEnvFile(dataDir, { COLLECTOR: collector, WEB_KEY: KEYS.web_key, SERVER_KEY: KEYS.server_key });
  undo.defer(env.remove);

  const parts = undo.move();
  return {
    shop,
    live: relay.url,
    collector,
    serverKey: KEYS.server_key,
    envFile: env.file,
    async stop(flush) {
      const lost = await finish({ servers: [shopServer, front], collector: inner, gate, posting, spool, say }, flush);
      await parts.disposeAsync();
      return lost;
    },
  };
}

async function startRelay(settings: StackSettings, { say }: StartOptions, onStart: (pid: number) => void) {
  const { relay, relayEnv, publisher, dataDir } = settings;
  const port = await findPort(relay, say);
  say(`starting the relay (bus: ${publisher}, data in ${dataDir})`);
  return superviseRelay({ env: { ...relayEnv, RELAY_PORT: String(port) }, say, onStart });
}

/** Keeps stack.json true while relays come and go; it is there from `write` to `remove`. */
function noteStack(dataDir: string) {
  // What a killed one left behind.
  removeStackFile(dataDir);
  let file: StackFile | undefined;
  let pid = 0;
  return {
    relayPid(relay_pid: number): void {
      pid = relay_pid;
      if (file) writeStackFile(dataDir, (file = { ...file, relay_pid }));
    },
    write(rest: Omit<StackFile, "pid" | "relay_pid">): void {
      writeStackFile(dataDir, (file = { pid: process.pid, relay_pid: pid, ...rest }));
    },
    remove(): void {
      file = undefined;
      removeStackFile(dataDir);
    },
  };
}

function lockFolder(dataDir: string) {
  try {
    return holdFolder(join(dataDir, "start.lock"));
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    const running = readStackFile(dataDir);
    const who = running ? `process ${running.pid}, shop ${running.shop}` : "it is still starting";
    throw new StateError(`a stack runs on ${dataDir} already (${who}): stop it first, or set another DATA_DIR`, { cause: error });
  }
}

function address(port: number): string {
  return `http://127.0.0.1:${port}`;
}
