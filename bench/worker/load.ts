import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { makeBodies } from "./batch.ts";
import type { Contender } from "./contenders.ts";

/** Requests that are under way at any time, each on a connection of its own that is kept. */
const CONNECTIONS = 4;

/** The requests of a contender, whose events have just been made. */
export function makeRequests({ events, gzip, body, type }: Contender): Buffer[] {
  if (body !== undefined) return Array.from({ length: 4 }, () => toRequest(body(), gzip, type));
  return makeBodies(events).map((text) => toRequest(text, gzip));
}

/** Posts requests in turn to a port for `ms`; returns how many got a response. Rejects at the first response that is no 2xx, and
 * no refusal of the events. */
export async function load(port: number, requests: readonly Buffer[], ms: number): Promise<number> {
  const until = performance.now() + ms;
  const counts = Array.from({ length: CONNECTIONS }, async (_, nth) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    const count = await postUntil(socket, [...requests.slice(nth), ...requests.slice(0, nth)], until);
    socket.destroy();
    return count;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** A request as Chromium sends it to another origin, without those of its headers that no server reads. */
function toRequest(body: string, gzip: boolean, type = "text/plain;charset=UTF-8"): Buffer {
  const bytes = gzip ? gzipSync(body) : Buffer.from(body);
  const head = [
    `POST /v1/events?k=wk_demo${gzip ? "&z=gzip" : ""} HTTP/1.1`,
    "Host: 127.0.0.1",
    `Content-Length: ${bytes.length}`,
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    `Content-Type: ${type}`,
    "Accept: */*",
    "Origin: https://shop.example",
    "Referer: https://shop.example/",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-US,en;q=0.9",
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), bytes]);
}

function postUntil(socket: Socket, requests: readonly Buffer[], until: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let sent = 0;
  let answer = "";
  const post = (): void => void socket.write(requests[sent++ % requests.length] as Buffer);
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    answer += text;
    if (!isWhole(answer)) return;
    if (!/^HTTP\/1.1 (2|400)/.test(answer)) reject(new Error(`expected a 2xx or 400: ${answer}`));
    answer = "";
    if (performance.now() >= until) resolve(sent);
    else post();
  });
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("workerd closed the connection")));
  post();
  return promise;
}

/** True where the head of a response and what it announces are there. */
function isWhole(answer: string): boolean {
  const end = answer.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.slice(0, end))?.[1];
  if (length !== undefined) return answer.length >= end + 4 + Number(length);
  return answer.startsWith("HTTP/1.1 204") || answer.endsWith("0\r\n\r\n");
}
