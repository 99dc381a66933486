import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import type { FuzzRequest } from "./request.ts";

/** What a request was answered. */
export interface FuzzAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Nothing may take longer, milliseconds. */
const PATIENCE_MS = 10_000;

/** Connections that are kept and shared. */
export function fuzzAgent(): Agent {
  return new Agent({ keepAlive: true });
}

/** Sends a request as it is. Rejects where the connection breaks, or the response takes over ten seconds. */
export function send(origin: string, { method, path, headers, body, length }: FuzzRequest, agent: Agent): Promise<FuzzAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<FuzzAnswer>();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const told =
    length === "chunked"
      ? { "transfer-encoding": "chunked" }
      : { "content-length": body.length + (length === "too-long" ? 1 : 0) };
  const request = httpRequest(origin + path, { method, agent, headers: { ...headers, ...told }, signal });
  request.on("error", reject);
  request.on("response", async (response) => {
    try {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: await text(response) });
    } catch (error) {
      reject(error);
    }
    if (length === "too-long") request.destroy();
  });
  request.write(body);
  if (length !== "too-long") request.end();
  return promise;
}
