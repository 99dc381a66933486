/**
 * An emulator of Cloudflare Queues' pull API, for development and tests: built from the published API, on queues that this machine keeps.
 * docs/sources.md says what it does not cover.
 */
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { openQueueStore, queueIdOf, type QueueSettings, type QueueStore } from "./queue-store.ts";
import { queueRoutes } from "./routes.ts";

/** A running emulator. */
export interface QueueEmulator {
  /** For CLOUDFLARE_API_URL. */
  apiUrl: string;
  /** Ids by name, in the order they were given. */
  ids: ReadonlyMap<string, string>;
  /** The queues themselves. */
  store: QueueStore;
  close(): Promise<void>;
}

interface EmulatorOptions {
  queues: readonly QueueSettings[];
  /** Folder of the queues. */
  dataDir: string;
  accountId: string;
  token: string;
  /** On 127.0.0.1. @default 0, any free one */
  port?: number;
  now?: () => number;
}

/** Starts an emulator. Rejects where the port is taken, or with a StateError. */
export async function startQueueEmulator(options: EmulatorOptions): Promise<QueueEmulator> {
  const { queues, port = 0 } = options;
  const names = queues.map(({ name }) => name);
  const store = openQueueStore(options);
  const app = new Hono().get("/livez", (c) => c.text("ok\n")).route("/", queueRoutes({ ...options, store, queues: names }));
  const server = await new Promise<Server>((resolve, reject) => {
    const starting = serve({ fetch: app.fetch, hostname: "127.0.0.1", port }, () => resolve(starting)) as Server;
    starting.once("error", reject);
  }).catch((error: unknown) => {
    store.close();
    throw error;
  });
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/client/v4`,
    ids: new Map(names.map((name) => [name, queueIdOf(name)])),
    store,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      store.close();
    },
  };
}
