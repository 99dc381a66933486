/** What listens along the way: in front of the collector as `npm start` has it, and between the queue's consumer and the relay. */
import type { Server } from "node:http";
import { gunzipSync } from "node:zlib";
import { type Request, Response } from "miniflare";
import { createFront } from "../../dev/front.ts";
import { readDelivery } from "../../worker/src/envelope/delivery.ts";
import { readPack } from "../../worker/src/envelope/pack.ts";
import type { Target } from "../relay/post.ts";
import type { Trail } from "./trail.ts";

/** The collector's public port, which notes when the head of each request came. The caller lets it listen. */
export function tapFront(collector: string, trail: Trail): Server {
  const front = createFront(collector);
  front.prependListener("request", (request) => {
    const at = Date.now();
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const isGzip = new URL(request.url ?? "/", collector).searchParams.get("z") === "gzip";
      trail.note("posted", idsIn(String(isGzip ? gunzipSync(body) : body)), at);
    });
  });
  return front;
}

/** What passes deliveries on to the relay. */
export interface DeliveryTap {
  outbound(request: Request): Promise<Response>;
  /** Deliveries that are under way. */
  underWay(): number;
}

/** Notes when each pack entered the queue, as the queue says, and when it was delivered. */
export function tapDeliveries({ port, token }: Target, trail: Trail): DeliveryTap {
  let underWay = 0;
  return {
    underWay: () => underWay,
    async outbound(request) {
      const at = Date.now();
      underWay++;
      try {
        const body = await request.text();
        for (const message of readDelivery(body).messages) {
          const ids = readPack(message.body).lines.map((line) => (JSON.parse(line) as { id: string }).id);
          trail.note("enqueued", ids, Date.parse(message.sent_at));
          trail.note("delivered", ids, at);
        }
        const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-ndjson" };
        const answer = await fetch(`http://127.0.0.1:${port}/v1/deliveries`, { method: "POST", headers, body });
        return new Response(await answer.text(), { status: answer.status, headers: { "content-type": "application/json" } });
      } finally {
        underWay--;
      }
    },
  };
}

/** The ids in a request's body, of whatever version. */
const idsIn = (body: string): string[] => [...body.matchAll(/"event_id":"([\w-]+)"/g)].map(([, id]) => id!);
