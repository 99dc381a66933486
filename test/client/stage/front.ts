/** Stands between the browser and the collector, as a network does: passes requests on, keeps a copy, and fails where a test asks. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import type { WireBatch, WirePartedBatch } from "../../../client/src/wire/index.ts";
import { listen, shut } from "./site.ts";

/** A request as the browser made it. */
export interface FrontRequest {
  path: string;
  headers: NodeJS.Dict<string | string[]>;
  /** Of the body as it came. */
  bytes: number;
  /** As it came; one that has parts is shown as one of one head: its events are those of all parts, each with what is common to its part. */
  batch: WireBatch;
  /** Whether it was passed on. */
  isPassed: boolean;
}

/** What is done instead of passing a request on: a response, or the connection cut, before the collector has it or after. */
export type Fault = { status: number; headers?: Record<string, string>; body?: string } | "cut" | "cut after";

/** The network in front of a collector. */
export interface Front {
  url: string;
  /** Every POST that came, in order. */
  requests: FrontRequest[];
  /** Requests that were no POST: preflights. */
  preflights: number;
  /** Responses of the collector that have gone out in full. */
  answered: number;
  /** Asked for each POST; undefined passes it on. It may wait. */
  fault: (request: FrontRequest) => Fault | undefined | Promise<Fault | undefined>;
  /** Ends every connection, and refuses each new one until it is resumed. */
  cutOff(): Promise<void>;
  /** Takes connections again, at the same address. */
  resume(): Promise<void>;
  close(): Promise<void>;
}

/** Headers of a response that no longer hold once its body was read. */
const UNDONE = /^(content-length|content-encoding|transfer-encoding)$/;

/** Starts it in front of a collector. */
export async function startFront(collector: string): Promise<Front> {
  const server = createServer((request, response) => void handle(request, response));
  const front: Front = {
    url: await listen(server),
    requests: [],
    preflights: 0,
    answered: 0,
    fault: () => undefined,
    cutOff: () => shut(server),
    async resume() {
      await listen(server, Number(new URL(front.url).port));
    },
    close: async () => void (server.listening && (await shut(server))),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const path = request.url ?? "";
    const text = (path.endsWith("&z=gzip") ? gunzipSync(body) : body).toString();
    const seen = {
      path,
      headers: request.headers,
      bytes: body.length,
      batch: readBatch(text || "{}"),
      isPassed: false,
    };
    if (request.method === "POST") front.requests.push(seen);
    else front.preflights++;
    const fault = request.method === "POST" ? await front.fault(seen) : undefined;
    if (fault === "cut") return void request.socket.destroy();
    if (typeof fault === "object") return refuse(response, fault);
    seen.isPassed = true;
    const passed = fetch(collector + seen.path, {
      method: request.method ?? "GET",
      headers: pick(request, ["content-type", "origin", "access-control-request-method", "access-control-request-headers"]),
      ...(request.method === "POST" && { body: new Uint8Array(body) }),
    });
    // A collector that ends while it is asked is a connection that broke.
    const answer = await passed.catch(() => undefined);
    if (!answer) return void request.socket.destroy();
    const answered = await answer.text();
    if (fault === "cut after") return void request.socket.destroy();
    const headers = Object.fromEntries([...answer.headers].filter(([name]) => !UNDONE.test(name)));
    response.writeHead(answer.status, headers).end(answered, () => front.answered++);
  }
  return front;
}

function readBatch(text: string): WireBatch {
  const batch = JSON.parse(text) as WireBatch | WirePartedBatch;
  if (!("parts" in batch)) return batch;
  const events = batch.parts.flatMap(({ common, events: own }) => own.map((event) => ({ ...common, ...event })));
  return { ...batch, v: 1, events };
}

function refuse(response: ServerResponse, { status, headers = {}, body = "" }: Exclude<Fault, string>): void {
  const cors = { "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After" };
  response.writeHead(status, { ...cors, ...headers }).end(body);
}

function pick({ headers }: IncomingMessage, names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (typeof headers[name] === "string" ? [[name, headers[name]]] : [])));
}
