/**
 * The collector's public port: hands requests to workerd and responses back, byte for byte. Workerd cannot close its port and go on
 * delivering what its queue holds; this can be closed while the queue is drained.
 */
import { createServer, request as httpRequest, Agent, type IncomingMessage, type ServerResponse, type Server } from "node:http";
import { pipeline } from "node:stream";

/** Makes the server; the caller lets it listen. `target` is workerd's address. */
export function createFront(target: string): Server {
  const { hostname, port } = new URL(target);
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const inner = httpRequest({ hostname, port, method, path: url, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answerHeaders(answer, server.listening));
      pipeline(answer, outgoing, () => {});
    });
    inner.on("error", () => unavailable(incoming, outgoing));
    outgoing.on("close", () => inner.destroy());
    pipeline(incoming, inner, () => {});
  });
  server.on("close", () => agent.destroy());
  return server;
}

/** All headers as they came, but for those that belong to the connection. */
function answerHeaders({ rawHeaders }: IncomingMessage, keepAlive: boolean): string[] {
  const kept = keepAlive ? [] : ["connection", "close"];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    if (!/^(connection|keep-alive|transfer-encoding)$/i.test(name)) kept.push(name, rawHeaders[i + 1] ?? "");
  }
  return kept;
}

function unavailable(incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (outgoing.headersSent) return void outgoing.destroy();
  const error = {
    code: "collector_unavailable",
    message: "the local collector did not answer: send the same again",
    details: {},
  };
  outgoing.writeHead(503, {
    "content-type": "application/json",
    "cache-control": "no-store",
    "retry-after": "1",
    "access-control-allow-origin": incoming.headers.origin ?? "*",
    "access-control-expose-headers": "Retry-After",
  });
  outgoing.end(JSON.stringify({ error }));
}
