import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";

/** Stands where the collector is, and takes all. */
export interface Taker {
  url: string;
  /** Events that it took. */
  taken(): number;
  close(): void;
}

/** Starts one on 127.0.0.1. */
export async function startTaker(): Promise<Taker> {
  let taken = 0;
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    const { length: accepted } = (JSON.parse(text.toString()) as { events: unknown[] }).events;
    taken += accepted;
    response.writeHead(202, { "content-type": "application/json" });
    response.end(JSON.stringify({ accepted, rejected: 0, duplicates: 0, errors: [] }));
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken: () => taken,
    close: () => server.close(),
  };
}
