/** In the collector's place: keeps what was posted, and responds as the test says. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import type { WireEvent } from "../../../client/src/server/index.ts";
import type { BatchAnswer, WireBatch } from "../../../client/src/wire/index.ts";
import { listen, shut } from "../stage/site.ts";

/** The response; "cut" cuts the connection. */
export type Answer = { status: number; headers?: Record<string, string>; body?: unknown } | "cut";

/** A running one. */
export interface ScriptedCollector {
  url: string;
  /** Every request, in order; `bytes` are those of the body as it came. */
  requests: { headers: IncomingHttpHeaders; batch: WireBatch; bytes: number }[];
  /** Responds to request number `count`, from 1. @default {@link takeAll} */
  answer: (batch: WireBatch, count: number) => Answer;
  close(): Promise<void>;
}

/** Starts it. */
export async function startScriptedCollector(): Promise<ScriptedCollector> {
  const server = createServer(async (request, response) => {
    const sent = await buffer(request);
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
    const batch = JSON.parse(body.toString()) as WireBatch;
    collector.requests.push({ headers: request.headers, batch, bytes: sent.length });
    const given = collector.answer(batch, collector.requests.length);
    if (given === "cut") return void request.socket.destroy();
    response.writeHead(given.status, given.headers).end(JSON.stringify(given.body));
  });
  const collector: ScriptedCollector = { url: await listen(server), requests: [], answer: takeAll, close: () => shut(server) };
  return collector;
}

/** The verdict that all events are taken. */
export function takeAll({ events }: WireBatch): Exclude<Answer, "cut"> {
  return { status: 202, body: { accepted: events.length, rejected: 0, duplicates: 0, errors: [] } satisfies BatchAnswer };
}

/** Events with ids. */
export function someEvents(n: number, filler = ""): WireEvent[] {
  return Array.from({ length: n }, (_, i) => ({
    event_id: `event-${i}`,
    event_type: "purchase",
    timestamp: "2026-01-01T10:00:00.000Z",
    unit_type: "user",
    unit_id: "u_1",
    item_id: "a",
    payload: { filler },
  }));
}
