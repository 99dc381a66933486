/** Queues on this machine's disk, by a clock of the test's own, and a look at what is in them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createLocalBus } from "../../../relay/bus/adapters/local/local.ts";
import { startQueueEmulator, type QueueEmulator } from "../../../relay/queue-emulator/queue-emulator.ts";
import type { QueueSettings } from "../../../relay/queue-emulator/queue-store.ts";

/** The token and the account of the emulator. */
export const ACCOUNT = { accountId: "0123456789abcdef0123456789abcdef", token: "a-token-of-the-account" };
/** The queues: the second is the dead-letter queue of the first. */
export const QUEUES = ["sightline-events", "sightline-events-dlq"] as const;

/** A message as it lies in its queue. */
export interface Lying {
  id: string;
  queue: string;
  body: string;
  attempts: number;
  /** Seconds from now until it is due: of a leased one, until its lease ends. */
  dueIn: number;
  leased: boolean;
}

/** The queues of a test. */
export interface Queues {
  emulator: QueueEmulator;
  /** What a relay is told that pulls them into the bus of a folder. */
  env(folder: string): NodeJS.ProcessEnv;
  /** Puts texts into a queue, in order. */
  put(texts: readonly string[], queue?: string): void;
  /** Every message of every queue, oldest first. */
  lying(): Lying[];
  /** Sets the clock on. */
  advance(seconds: number): void;
  /** Ends the emulator, and removes what it kept unless that is to be opened again. */
  close(): Promise<void>;
}

/** Starts an emulator whose queues are in a new folder. */
export async function openQueues(settings: Partial<QueueSettings> = {}): Promise<Queues> {
  const dataDir = mkdtempSync(join(tmpdir(), "sightline-queues-"));
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const queues = QUEUES.map((name): QueueSettings => {
    const deadLetterQueue = name === QUEUES[0] ? QUEUES[1] : undefined;
    return { name, maxRetries: 100, deliveryDelay: 0, retryDelay: 0, deadLetterQueue, ...settings };
  });
  const emulator = await startQueueEmulator({ queues, dataDir, ...ACCOUNT, now });
  const db = new DatabaseSync(join(dataDir, "queues.db"), { readOnly: true });
  const look = db.prepare("SELECT id, queue, body, attempts, due_at, lease FROM messages ORDER BY number");
  return {
    emulator,
    env: (folder) => ({
      SOURCE: "pull",
      CLOUDFLARE_API_URL: emulator.apiUrl,
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT.accountId,
      CLOUDFLARE_API_TOKEN: ACCOUNT.token,
      CLOUDFLARE_QUEUE_IDS: [...emulator.ids.values()].join(","),
      RELAY_PORT: "0",
      DATA_DIR: folder,
      LOG_LEVEL: "silent",
    }),
    put: (texts, queue = QUEUES[0]) =>
      emulator.store.send(
        queue,
        texts.map((body) => ({ body, contentType: "text" })),
      ),
    lying: () =>
      look.all().map(({ id, queue, body, attempts, due_at, lease }) => ({
        id: String(id),
        queue: String(queue),
        body: String(body),
        attempts: Number(attempts),
        dueIn: (Number(due_at) - now()) / 1000,
        leased: lease !== null,
      })),
    advance: (seconds) => void (ahead += seconds * 1000),
    async close() {
      db.close();
      await emulator.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Ids of the exposures on the local bus of a folder, in its order. */
export async function exposuresIn(folder: string): Promise<string[]> {
  const bus = createLocalBus({ dataDir: folder, dlqSuffix: ".dlq" });
  const records = await Array.fromAsync(bus.read({ topics: ["rec.exposure.recorded.v1"] }));
  return records.map(({ headers }) => headers["event_id"] ?? "");
}
