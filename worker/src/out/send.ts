import type { QueueProducer } from "./queue.ts";
import { packLines, type Pack, type PackHeader } from "../pack.ts";

/** Messages in one sendBatch, at most. https://developers.cloudflare.com/queues/platform/limits/ */
export const SEND_MAX_MESSAGES = 100;
/** Bytes of one sendBatch, at most, and what the queue adds to each message. */
export const SEND_MAX_BYTES = 256_000;
const MESSAGE_OVERHEAD_BYTES = 100;

/** Where packs go. */
export interface Outlet {
  queue: QueueProducer;
  /** How long the queue may take to confirm, milliseconds. A send has been seen to hang for a minute under overload. */
  timeoutMs: number;
  /** Keeps work alive that the client no longer waits for. */
  waitUntil(work: Promise<unknown>): void;
}

/**
 * Packs lines and sends them. Resolves, and never rejects, with whether each line is confirmed, in the order of the lines: a chunk that
 * failed or came too late to tell takes none but its own along.
 */
export async function sendLines(
  lines: readonly string[],
  header: Omit<PackHeader, "v" | "count">,
  outlet: Outlet,
): Promise<boolean[]> {
  const confirmed = lines.map(() => false);
  await Promise.all(
    chunks(packLines(lines, header)).map(async (packs) => {
      if (!(await sendChunk(packs, outlet))) return;
      for (const { start, count } of packs) confirmed.fill(true, start, start + count);
    }),
  );
  return confirmed;
}

async function sendChunk(packs: Pack[], { queue, timeoutMs, waitUntil }: Outlet): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), timeoutMs);
  const sent = queue.sendBatch(packs.map(({ text }) => ({ body: text, contentType: "text" as const }))).then(
    () => true,
    (error: unknown) => {
      console.warn(JSON.stringify({ message: "the queue took nothing", error: String(error), packs: packs.length }));
      return false;
    },
  );
  waitUntil(sent);
  try {
    return await Promise.race([sent, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Packs by the limits of one sendBatch. */
function chunks(packs: readonly Pack[]): Pack[][] {
  const all: Pack[][] = [];
  let room = 0;
  for (const pack of packs) {
    const size = pack.bytes + MESSAGE_OVERHEAD_BYTES;
    const last = all.at(-1);
    if (last === undefined || last.length === SEND_MAX_MESSAGES || size > room) {
      all.push([pack]);
      room = SEND_MAX_BYTES - size;
    } else {
      last.push(pack);
      room -= size;
    }
  }
  return all;
}
