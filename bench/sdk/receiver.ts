/** In the place of every contender's server: takes what it posts, responds as that server does, and counts. */
import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { listen, shut } from "../../test/client/stage/site.ts";

/** What has come since the last reset. */
export interface Traffic {
  /** Requests, preflights included. */
  requests: number;
  bodyBytes: number;
  /** Of the requests: the first line and the headers, as HTTP/1.1. */
  headerBytes: number;
  /** Ids of the items whose events have come, each once. */
  items: Set<string>;
}

/** A running receiver. */
export interface Receiver {
  url: string;
  traffic: Traffic;
  reset(): void;
  /** Waits until events of so many items have come; false where that took more than `ms`. */
  received(count: number, ms: number): Promise<boolean>;
  close(): Promise<void>;
}

/** Ids of items are told apart from all else by this. */
const ITEM = /\bitem-\d+\b/g;

const noTraffic = (): Traffic => ({ requests: 0, bodyBytes: 0, headerBytes: 0, items: new Set() });

/** Starts it; `answer` makes the response to a body. */
export async function startReceiver(answer: (body: string) => string): Promise<Receiver> {
  const arrivals = new EventEmitter();
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const { traffic } = receiver;
    traffic.requests++;
    traffic.bodyBytes += body.length;
    traffic.headerBytes += headerLength(request);
    response.writeHead(200, { "Content-Type": "application/json", ...cors(request) });
    if (request.method !== "POST") return void response.end();
    const text = readBody(body);
    for (const [item] of text.matchAll(ITEM)) traffic.items.add(item);
    // An event counts as acknowledged, so it is told of only when the response has left.
    response.end(answer(text), () => arrivals.emit("batch"));
  });
  const receiver: Receiver = {
    url: await listen(server),
    traffic: noTraffic(),
    reset() {
      receiver.traffic = noTraffic();
    },
    async received(count, ms) {
      const signal = AbortSignal.timeout(ms);
      while (receiver.traffic.items.size < count) {
        const isIn = await once(arrivals, "batch", { signal }).catch(() => false);
        if (!isIn) return false;
      }
      return true;
    },
    close: () => shut(server),
  };
  return receiver;
}

function readBody(body: Buffer): string {
  return (body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : body).toString();
}

function headerLength({ method = "", url = "", rawHeaders }: IncomingMessage): number {
  const first = `${method} ${url} HTTP/1.1\r\n`.length;
  // A name and its value share ": " and the end of the line; an empty line ends them all.
  return rawHeaders.reduce((sum, text) => sum + text.length + 2, first + 2);
}

function cors({ headers }: IncomingMessage): Record<string, string> {
  return {
    "Access-Control-Allow-Origin": headers.origin ?? "*",
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": headers["access-control-request-headers"] ?? "Content-Type",
    "Access-Control-Max-Age": "600",
  };
}
