import { createHash } from "node:crypto";
import { writeDelivery, type DeliveryAnswer } from "./delivery.ts";
import { packLines } from "./pack.ts";

interface Env {
  EVENTS: Queue<string>;
  RELAY_URL: string;
  RELAY_TOKEN: string;
  RETRY_DELAY_MAX_SECONDS: number;
}

const TYPES: Record<string, string> = { decision: "rec.decision.made.v1", exposure: "rec.exposure.recorded.v1" };

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const headers = { "access-control-allow-origin": "*", "access-control-expose-headers": "Retry-After" };
    if (request.method !== "POST") return new Response(null, { status: 204, headers });
    const received_at = new Date().toISOString();
    const body = JSON.parse(await request.text()) as Record<string, unknown>;
    const batch = (Array.isArray(body["events"]) ? body["events"] : [body]) as Record<string, unknown>[];
    const lines = batch.map((own, index) => {
      const event: Record<string, unknown> = { ...(body["common"] as object), ...own };
      const content = createHash("sha256").update(JSON.stringify(event)).digest("hex").slice(0, 32);
      event["event_id"] ??= `${content}_${index}`;
      return JSON.stringify({
        id: event["event_id"],
        type: TYPES[event["event_type"] as string] ?? "rec.outcome.recorded.v1",
        version: 1,
        event_type: event["event_type"],
        occurred_at: event["timestamp"],
        received_at,
        source: body["sdk"] ?? "api/1",
        correlation_id: event["request_id"] ?? content,
        trace_id: content,
        payload: event,
        metadata: {
          partition_key: event["request_id"] ?? event["unit_id"],
          tenant_id: "demo",
          flags: [],
          schema: `${event["event_type"]}@1`,
          content_hash: content,
        },
      });
    });
    const packs = packLines(lines, { tenant_id: "demo", kind: "events", received_at });
    await env.EVENTS.sendBatch(packs.map((pack) => ({ body: pack.text, contentType: "text" as const })));
    return Response.json({ accepted: lines.length, rejected: 0, duplicates: 0, errors: [] }, { status: 202, headers });
  },

  async queue(batch: MessageBatch<string>, env: Env): Promise<void> {
    const messages = batch.messages.map((m) => ({
      id: m.id,
      attempts: m.attempts,
      sent_at: m.timestamp.toISOString(),
      body: m.body,
    }));
    const answer = await fetch(`${env.RELAY_URL}/v1/deliveries`, {
      method: "POST",
      headers: { authorization: `Bearer ${env.RELAY_TOKEN}`, "content-type": "application/x-ndjson" },
      body: writeDelivery({ queue: batch.queue, messages }),
      signal: AbortSignal.timeout(90_000),
    }).catch(() => undefined);
    const verdicts = answer?.ok ? ((await answer.json()) as DeliveryAnswer).verdicts : [];
    const acked = new Set(verdicts.filter((v) => v.verdict === "ack").map((v) => v.id));
    for (const m of batch.messages) acked.has(m.id) ? m.ack() : m.retry({ delaySeconds: 1 });
  },
};
