/** The Worker as it is deployed, in this process, with queues that relays pull from: any number of versions of it at a time. */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { checkSize } from "../../relay/queue-emulator/bodies.ts";
import type { QueueStore } from "../../relay/queue-emulator/queue-store.ts";
import type { QueueProducer } from "../../worker/src/out/queue.ts";

/** A collector of some settings. */
export interface Collector {
  /** Posts a batch; resolves when all of it is taken. Rejects where any of it is not. */
  post(body: string): Promise<void>;
}

/** What the Worker's bundle exports. */
interface WorkerModule {
  default: { fetch(request: Request, env: object, context: object): Promise<Response> };
}

/** The name of a shard's queue. */
export function queueName(shard: number): string {
  return shard === 0 ? "sightline-events" : `sightline-events-${shard}`;
}

/** Loads the Worker from its bundle; what it returns makes collectors. */
export async function loadCollectors(code: string, folder: string, store: QueueStore) {
  const file = join(folder, `worker-${randomUUID()}.mjs`);
  await writeFile(file, code);
  const { default: worker } = (await import(pathToFileURL(file).href)) as WorkerModule;

  /** One that has so many queues, and chooses among them by SHARDS. */
  return function collectorOf(queues: number, SHARDS: string): Collector {
    const producers = Array.from({ length: queues }, (_, n) => [
      n === 0 ? "EVENTS" : `EVENTS_${n}`,
      producerOf(store, queueName(n)),
    ]);
    const env = {
      ...Object.fromEntries(producers),
      REJECTS: producerOf(store, "sightline-rejects"),
      SHARDS,
      KEYS: '{"wk_demo":{"tenant_id":"demo","kind":"web","origins":["*"]}}',
      // The clock of the queues goes faster than time.
      BACKLOG_MAX_AGE_SECONDS: 1e9,
    };
    return {
      async post(body) {
        const context = { waitUntil: (work: Promise<unknown>) => void work };
        const headers = { "content-type": "text/plain", origin: "https://shop.example" };
        const request = new Request("https://events.example.com/v1/events?k=wk_demo", { method: "POST", headers, body });
        const response = await worker.fetch(request, env, context);
        const answer = (await response.json()) as { accepted?: number };
        const events = (JSON.parse(body) as { events: unknown[] }).events.length;
        if (response.status !== 202 || answer.accepted !== events)
          throw new Error(`expected all of ${events} events accepted, got ${response.status} ${JSON.stringify(answer)}`);
      },
    };
  };
}

function producerOf(store: QueueStore, name: string): QueueProducer {
  const metrics = async () => ({ backlogBytes: store.backlog(name).bytes });
  return {
    async sendBatch(messages) {
      const all = Array.from(messages, ({ body, contentType }) => ({ body, contentType }));
      checkSize(all);
      store.send(name, all);
      return { metadata: { metrics: await metrics() } };
    },
    metrics,
  };
}
