/**
 * Stands between the local queue's consumer Worker and the relay. The queue's emulator keeps messages in memory only and does not
 * count those that wait for a retry, so the gate remembers every message that was pushed and not acked; and where the relay cannot
 * take them before the end, or before the queue has used up its retries, it keeps them in the spool and acks them itself.
 */
import { type Request, Response } from "miniflare";
import {
  type Delivery,
  type DeliveryAnswer,
  type DeliveryMessage,
  readDelivery,
  type Verdict,
} from "../worker/src/envelope/delivery.ts";
import type { Spool } from "./spool.ts";

/** A message that comes for the so-manieth time is spooled where it is not acked: after 100 retries the queue would drop it. */
export const SPOOL_ATTEMPT = 50;
/** What the Worker is told of the others then. */
const LATER = { verdict: "retry", delay_seconds: 1, reason: "the relay does not take it now" } as const;

/** The gate. */
export interface Gate {
  /** Responds to what the Worker fetches; only deliveries to the relay pass. */
  outbound(request: Request): Promise<Response>;
  /** Messages that were pushed and are neither acked by the relay nor in the spool. */
  unacked(): number;
  /** From now on deliveries go to the spool: those under way and those that wait for a retry too. Resolves when these are on the disk. */
  spool(): Promise<void>;
}

/** Makes the gate to the relay at `relayUrl`. */
export function createGate({ relayUrl, spool }: { relayUrl: string; spool: Spool }): Gate {
  const target = `${relayUrl}/v1/deliveries`;
  const waiting = new Map<string, { queue: string; message: DeliveryMessage }>();
  const spooled = new Set<string>();
  const ending = new AbortController();
  let writing: Promise<void> = Promise.resolve();

  /** Writes are one after another; what an earlier one kept is not written again. */
  const keep = ({ queue, messages }: Delivery): Promise<void> => {
    const write = async (): Promise<void> => {
      const left = messages.filter(({ id }) => waiting.has(id));
      if (left.length > 0) await spool.write({ queue, messages: left });
      for (const { id } of left) {
        waiting.delete(id);
        spooled.add(id);
      }
    };
    writing = writing.then(write, write);
    return writing;
  };

  const forward = async (request: Request, body: string): Promise<Response> => {
    const headers = { authorization: request.headers.get("authorization") ?? "", "content-type": "application/x-ndjson" };
    const answer = await fetch(target, { method: "POST", headers, body, signal: ending.signal });
    const text = await answer.text();
    if (answer.ok) {
      for (const { id, verdict } of (JSON.parse(text) as DeliveryAnswer).verdicts) if (verdict === "ack") waiting.delete(id);
    }
    const retryAfter = answer.headers.get("retry-after");
    return new Response(text, {
      status: answer.status,
      headers: { "content-type": "application/json", ...(retryAfter !== null && { "retry-after": retryAfter }) },
    });
  };

  return {
    async outbound(request) {
      if (request.method !== "POST" || request.url !== target) return new Response("expected a delivery\n", { status: 502 });
      const body = await request.text();
      const delivery = readDelivery(body);
      const { queue, messages } = delivery;
      for (const message of messages) if (!spooled.has(message.id)) waiting.set(message.id, { queue, message });
      const answer = ending.signal.aborted ? undefined : await forward(request, body).catch(() => undefined);
      const ended = ending.signal.aborted;
      const due = messages.filter(({ id, attempts }) => waiting.has(id) && (ended || attempts >= SPOOL_ATTEMPT));
      // No response: the relay is gone, and is being brought up again.
      if (due.length === 0 && !ended) return answer ?? new Response("the relay does not answer\n", { status: 503 });
      await keep({ queue, messages: due });
      const verdicts = messages.map(({ id }): Verdict => (waiting.has(id) ? { id, ...LATER } : { id, verdict: "ack" }));
      return Response.json({ verdicts } satisfies DeliveryAnswer);
    },
    unacked: () => waiting.size,
    async spool() {
      ending.abort();
      const byQueue = Map.groupBy(waiting.values(), ({ queue }) => queue);
      for (const [queue, entries] of byQueue) await keep({ queue, messages: entries.map(({ message }) => message) });
    },
  };
}
