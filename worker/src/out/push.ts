import { writeDelivery, type DeliveryAnswer, type Verdict } from "../delivery.ts";
import type { Settings } from "../env.ts";
import type { IncomingBatch, IncomingMessage } from "./queue.ts";

/** The relay answers within 60 s by its own deadline; it is given longer, so that its answer is never cut off. */
const DEADLINE_MS = 90_000;

/**
 * Pushes a batch of the queue to the relay, and acks or retries each message by its verdict. Whatever has no verdict is retried: the
 * relay's dedup makes a second delivery harmless, and nothing else would make up for a lost one.
 */
export async function push(batch: IncomingBatch, settings: Settings): Promise<void> {
  const { verdicts, retryAfter } = await post(batch, settings);
  const byId = new Map(verdicts.map((verdict) => [verdict.id, verdict]));
  for (const message of batch.messages) {
    const verdict = byId.get(message.id);
    if (verdict?.verdict === "ack") {
      message.ack();
    } else {
      const wanted = verdict?.delay_seconds ?? Math.max(retryAfter, backoffSeconds(message.attempts));
      message.retry({ delaySeconds: clamp(wanted, settings.retryDelayMaxSeconds) });
    }
  }
}

/** Doubles from one second: with an hour as the most, 100 deliveries take more than three and a half days. */
function backoffSeconds(attempts: number): number {
  return 2 ** Math.min(attempts - 1, 30);
}

function clamp(seconds: number, most: number): number {
  return Math.min(Math.max(Math.ceil(seconds), 0), most);
}

interface Outcome {
  verdicts: Verdict[];
  /** Seconds that the relay asked for, 0 where it did not. */
  retryAfter: number;
}

async function post(batch: IncomingBatch, { relayUrls: [relayUrl], relayToken }: Settings): Promise<Outcome> {
  try {
    const response = await fetch(`${relayUrl}/v1/deliveries`, {
      method: "POST",
      headers: { authorization: `Bearer ${relayToken}`, "content-type": "application/x-ndjson" },
      body: writeDelivery({ queue: batch.queue, messages: batch.messages.map(toDelivery) }),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    if (response.ok) return { verdicts: readVerdicts(await response.json()), retryAfter: 0 };
    await response.body?.cancel();
    warn(batch, `the relay answered ${response.status}`);
    const retryAfter = Number(response.headers.get("retry-after") ?? 0);
    return { verdicts: [], retryAfter: Number.isFinite(retryAfter) ? retryAfter : 0 };
  } catch (error) {
    warn(batch, String(error));
    return { verdicts: [], retryAfter: 0 };
  }
}

function toDelivery({ id, attempts, timestamp, body }: IncomingMessage) {
  return { id, attempts, sent_at: timestamp.toISOString(), body };
}

function readVerdicts(answer: unknown): Verdict[] {
  const { verdicts } = (answer ?? {}) as Partial<DeliveryAnswer>;
  if (!Array.isArray(verdicts)) return [];
  return verdicts.filter(
    (verdict) => verdict?.verdict === "ack" || (verdict?.verdict === "retry" && Number.isFinite(verdict.delay_seconds)),
  );
}

function warn(batch: IncomingBatch, reason: string): void {
  console.warn(
    JSON.stringify({
      message: "a push failed; its messages are retried",
      queue: batch.queue,
      count: batch.messages.length,
      reason,
    }),
  );
}
