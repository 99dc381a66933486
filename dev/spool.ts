/**
 * DATA_DIR/spool: deliveries that could not be given to the relay before the local queue, which forgets, had to end. One file a
 * delivery, in the order they were written; each is on the disk, name and all, before the queue is told that it may forget.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { type Delivery, type DeliveryAnswer, readDelivery, writeDelivery } from "../worker/src/envelope/delivery.ts";

/** Messages in one file: as many as a queue's consumer hands over at most, so that the relay takes it as one delivery. */
const MESSAGES = 100;

/** A folder of deliveries. */
export interface Spool {
  /** Keeps a delivery. Resolves when it is on the disk. Calls must not overlap. */
  write(delivery: Delivery): Promise<void>;
  /** Messages that are kept. */
  count(): number;
  /**
   * Posts what is kept to the relay, oldest first, and removes a file once every message in it was acked. Returns how many files are
   * left; stops at the first that the relay does not take.
   */
  post(relay: { url: string; token: string }, signal: AbortSignal): Promise<number>;
}

/** Opens the folder, made where it is missing. */
export function openSpool(folder: string): Spool {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = (): string[] =>
    readdirSync(folder)
      .filter((name) => /^\d+\.ndjson$/.test(name))
      .toSorted();
  let last = Number.parseInt(files().at(-1) ?? "0", 10);

  return {
    async write({ queue, messages }) {
      for (let at = 0; at < messages.length; at += MESSAGES) {
        const name = `${String(++last).padStart(9, "0")}.ndjson`;
        await writeDurably(folder, name, writeDelivery({ queue, messages: messages.slice(at, at + MESSAGES) }));
      }
    },
    count: () => files().reduce((sum, name) => sum + readDelivery(readFileSync(join(folder, name), "utf8")).messages.length, 0),
    async post(relay, signal) {
      for (;;) {
        const waiting = files();
        const first = waiting[0];
        if (first === undefined || !(await postFile(join(folder, first), relay, signal))) return waiting.length;
        rmSync(join(folder, first));
      }
    },
  };
}

/** Whether the relay acked every message of the file. */
async function postFile(file: string, relay: { url: string; token: string }, signal: AbortSignal): Promise<boolean> {
  const body = readFileSync(file, "utf8");
  try {
    const response = await fetch(`${relay.url}/v1/deliveries`, {
      method: "POST",
      headers: { authorization: `Bearer ${relay.token}`, "content-type": "application/x-ndjson" },
      body,
      signal,
    });
    if (!response.ok) return false;
    const { verdicts } = (await response.json()) as DeliveryAnswer;
    const acked = new Set(verdicts.filter(({ verdict }) => verdict === "ack").map(({ id }) => id));
    return readDelivery(body).messages.every(({ id }) => acked.has(id));
  } catch {
    return false;
  }
}

async function writeDurably(folder: string, name: string, text: string): Promise<void> {
  const file = await open(join(folder, `${name}.new`), "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(join(folder, `${name}.new`), join(folder, name));
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
