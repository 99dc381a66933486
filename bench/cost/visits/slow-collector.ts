/** The way to the collector: takes its time, and writes down what came. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { listen, shut } from "../../../test/client/stage/site.ts";
import { FROM } from "./spy.ts";

/** A request that the collector got. */
export interface Arrival {
  /** When its sender had written it, and when the collector got it, in milliseconds since 1970. */
  sentAt: number;
  gotAt: number;
  method: string;
  /** Who made it, as the page says. */
  visit: string;
  page: string;
  isLeaving: boolean;
  /** Bytes of the body as it came. */
  bytes: number;
  /** In the order of the body. */
  events: { id: string; type: string }[];
  /** Of the collector's response. */
  status: number;
}

/** A running way. */
export interface SlowCollector {
  /** Its address, without a slash at the end. */
  url: string;
  arrivals: Arrival[];
  close(): Promise<void>;
}

/** Headers that belong to a connection, or to a body that was read. */
const UNDONE = /^(host|connection|keep-alive|content-length|content-encoding|transfer-encoding)$/;

/**
 * Stands before the collector at `to`. A request is passed on half a round trip after it has come, also where its sender has gone since, and the
 * response half a round trip after the collector has given it.
 */
export async function startSlowCollector(to: string, roundTripMs: number): Promise<SlowCollector> {
  const arrivals: Arrival[] = [];
  const travel = (): Promise<void> | undefined => (roundTripMs > 0 ? sleep(roundTripMs / 2) : undefined);
  const server = createServer((request, response) => {
    // What did not come whole is nothing that the collector could get.
    pass(request, response).catch(() => response.destroy());
  });

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    const body = await buffer(request);
    const sentAt = Date.now();
    const address = new URL(url, to);
    const [visit = "", page = "", state] = (address.searchParams.get(FROM) ?? "").split(",");
    address.searchParams.delete(FROM);
    await travel();
    const gotAt = Date.now();
    const isPost = method === "POST";
    const answer = await fetch(address, {
      method,
      headers: Object.entries(request.headers).flatMap(([name, value]) => (UNDONE.test(name) ? [] : [[name, String(value)]])),
      ...(isPost && { body: new Uint8Array(body) }),
    });
    const from = { sentAt, gotAt, method, visit, page, isLeaving: state === "leaving" };
    arrivals.push({ ...from, bytes: body.length, events: isPost ? readEvents(body) : [], status: answer.status });
    const text = await answer.text();
    await travel();
    response.writeHead(answer.status, Object.fromEntries([...answer.headers].filter(([name]) => !UNDONE.test(name)))).end(text);
  }

  return { url: await listen(server), arrivals, close: () => shut(server) };
}

/** The events of a body, wherever its format has them. */
function readEvents(body: Buffer): Arrival["events"] {
  const events: Arrival["events"] = [];
  const text = body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : body;
  JSON.parse(text.toString(), (_, value: unknown) => {
    const { event_id: id, event_type: type } = Object(value) as Record<string, unknown>;
    if (typeof id === "string" && typeof type === "string") events.push({ id, type });
    return value;
  });
  return events;
}
