import type { Context } from "hono";
import { batchAnswer, singleAnswer } from "../answer.ts";
import type { AppEnv } from "../app.ts";
import type { RequestFacts } from "../enrich.ts";
import { settingsOf } from "../env.ts";
import { readFrame } from "../frame.ts";
import { takeIn } from "../intake.ts";
import { traceId } from "../lib/trace-id.ts";
import { retryAfterSeconds } from "../lib/retry-after.ts";
import type { QueueProducer } from "../out/queue.ts";
import { sendLines } from "../out/send.ts";

/** `POST /v1/events`: checks, queues, and only then answers. */
export async function postEvents(c: Context<AppEnv>): Promise<Response> {
  const frame = readFrame(c.var.body);
  const facts = factsOf(c);
  const intake = takeIn(frame, facts);
  const {
    events: [events],
    rejects,
    sendTimeoutMs,
  } = settingsOf(c.env);
  const send = (queue: QueueProducer, kind: "events" | "rejects", lines: string[]) =>
    sendLines(
      lines,
      { tenant_id: facts.tenantId, kind, received_at: facts.receivedAt },
      { queue, timeoutMs: sendTimeoutMs, waitUntil: (work) => c.executionCtx.waitUntil(work) },
    );
  const [takenConfirmed, refusedConfirmed] = await Promise.all([
    send(events as QueueProducer, "events", intake.taken.map(lineOf)),
    send(rejects, "rejects", intake.refused.map(lineOf)),
  ]);
  const stored = { intake, takenConfirmed, refusedConfirmed };
  if (frame.single) return c.json(singleAnswer(stored), 202);
  const { status, body, retry } = batchAnswer(stored, frame.events);
  if (retry) c.header("Retry-After", String(retryAfterSeconds()));
  return c.json(body, status);
}

function lineOf({ envelope }: { envelope: unknown }): string {
  return JSON.stringify(envelope);
}

function factsOf(c: Context<AppEnv>): RequestFacts {
  const idempotencyKey = c.req.header("idempotency-key");
  const country = (c.req.raw as { cf?: { country?: unknown } }).cf?.country;
  return {
    tenantId: c.var.key.tenant_id,
    receivedAt: new Date().toISOString(),
    traceId: traceId(c.req.header("traceparent")),
    // XX is Cloudflare's word for a country that it does not know, and T1 for Tor.
    ...(typeof country === "string" && /^(?!XX)[A-Z]{2}$/.test(country) && { country }),
    ...(idempotencyKey && { idempotencyKey }),
  };
}
