import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { pino } from "pino";
import { afterAll, beforeAll, vi } from "vitest";
import type { Leases } from "../../../relay/queue-emulator/queue-store.ts";
import { createBudget } from "../../../relay/service/source/budget.ts";
import { createPushSource } from "../../../relay/service/source/push.ts";
import { push } from "../../../worker/src/out/push.ts";
import { sourceContract } from "./contract.ts";
import { QUEUES, type Queues } from "./queues.ts";

const TOKEN = "a-token-for-the-tests";

// The consumer says what it retries, once a message.
beforeAll(() => void vi.spyOn(console, "warn").mockImplementation(() => undefined));
afterAll(() => void vi.restoreAllMocks());

/** Delivers by the collector's own consumer, as Cloudflare calls it: a batch of a queue at a time, and both queues at once. */
async function consume({ emulator: { store } }: Queues, url: string, ending: AbortSignal): Promise<void> {
  const settings = { relayUrls: [url], relayToken: TOKEN, retryDelayMaxSeconds: 3600 };
  const deliver = async (queue: string): Promise<void> => {
    while (!ending.aborted) {
      const leased = store.pull(queue, 100, 600_000);
      const [acks, retries]: [string[], Leases["retries"][number][]] = [[], []];
      const messages = leased.map(({ leaseId, timestampMs, ...message }) => ({
        ...message,
        timestamp: new Date(timestampMs),
        ack: () => void acks.push(leaseId),
        retry: ({ delaySeconds }: { delaySeconds: number }) => void retries.push({ leaseId, delaySeconds }),
      }));
      if (messages.length > 0) await push({ queue, messages }, settings);
      store.settle(queue, { acks, retries });
      await sleep(5);
    }
  };
  await Promise.all(QUEUES.map(deliver));
}

sourceContract("push", async (queues, parts) => {
  const budget = createBudget(1_000_000_000);
  const hold = (bytes: number) => budget.take(bytes)!;
  const source = createPushSource({ ...parts, hold, token: TOKEN, log: pino({ level: "silent" }) });
  const server = await new Promise<Server>((resolve) => {
    const starting = serve({ fetch: source.routes.fetch, hostname: "127.0.0.1", port: 0 }, () => resolve(starting)) as Server;
  });
  source.servedBy(server);
  source.start();
  const ending = new AbortController();
  const consuming = consume(queues, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ending.signal);
  return {
    source,
    async end() {
      ending.abort();
      await consuming;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
});
