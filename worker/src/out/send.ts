import { noteBacklog } from "./admission.ts";
import { type Layout, shardOf } from "./layout.ts";
import type { OutgoingMessage, QueueProducer } from "./queue.ts";
import { packLines, type EnvelopeLine, type Pack, type PackFacts } from "../envelope/pack.ts";

/** Messages in one sendBatch, at most. https://developers.cloudflare.com/queues/platform/limits/ */
export const SEND_MAX_MESSAGES = 100;
/** Bytes of one sendBatch, at most, and what the queue adds to each message. */
export const SEND_MAX_BYTES = 256_000;
const MESSAGE_OVERHEAD_BYTES = 100;

/** Where packs go. */
export interface Outlet {
  /** One a shard. */
  queues: readonly QueueProducer[];
  /** How many of them an event chooses from, by its time. */
  layouts: readonly Layout[];
  /** Resolves when the queues have had their time. A send has been seen to hang for a minute under overload. */
  late: Promise<void>;
  /** Keeps work alive that the client no longer waits for. */
  waitUntil(work: Promise<unknown>): void;
}

/**
 * Packs lines and sends them, each to the queue of its shard. Resolves, and never rejects, with whether each line is confirmed, in the
 * order of the lines: a chunk that failed twice, or was not confirmed in time, affects only its own lines.
 */
export async function sendLines(lines: readonly EnvelopeLine[], header: PackFacts, outlet: Outlet): Promise<boolean[]> {
  const confirmed = lines.map(() => false);
  const shards = shardsOf(lines, outlet);
  await Promise.all(
    shards.flatMap((places, shard) =>
      chunks(
        packLines(
          places.map((place) => lines[place] as EnvelopeLine),
          header,
        ),
      ).map(async (packs) => {
        if (!(await sendChunk(packs, outlet.queues[shard] as QueueProducer, outlet))) return;
        for (const { start, count } of packs) {
          for (const place of places.slice(start, start + count)) confirmed[place] = true;
        }
      }),
    ),
  );
  return confirmed;
}

/** Places of the lines, by shard. */
function shardsOf(lines: readonly EnvelopeLine[], { queues, layouts }: Pick<Outlet, "queues" | "layouts">): number[][] {
  const shards: number[][] = queues.map(() => []);
  for (const [place, line] of lines.entries()) shards[shardOf(line, layouts)]?.push(place);
  return shards;
}

async function sendChunk(packs: Pack[], queue: QueueProducer, { late, waitUntil }: Outlet): Promise<boolean> {
  const messages = packs.map(({ text }) => ({ body: text, contentType: "text" as const }));
  // A send that failed may have been taken all the same: then its events come twice, and the relay makes them one.
  const sent = sendOnce(messages, queue).then((taken) => taken || sendAgain(messages, queue));
  waitUntil(sent);
  return Promise.race([sent, late.then(() => false)]);
}

async function sendOnce(messages: OutgoingMessage[], queue: QueueProducer): Promise<boolean> {
  try {
    noteBacklog(queue, (await queue.sendBatch(messages))?.metadata?.metrics);
    return true;
  } catch (error) {
    console.warn(JSON.stringify({ message: "the queue took nothing", error: String(error), packs: messages.length }));
    return false;
  }
}

async function sendAgain(messages: OutgoingMessage[], queue: QueueProducer): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 150));
  return sendOnce(messages, queue);
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
