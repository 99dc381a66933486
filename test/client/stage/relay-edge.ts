/** In the relay's place, at the edge of what is tested: takes the deliveries of the queue's consumer, and keeps every envelope. */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { readDelivery, type DeliveryAnswer } from "../../../worker/src/envelope/delivery.ts";
import type { Envelope } from "../../../worker/src/envelope/envelope.ts";
import { readPack } from "../../../worker/src/envelope/pack.ts";
import { listen, shut } from "./site.ts";

/** What arrived. */
export interface RelayEdge {
  url: string;
  /** Envelopes of taken events, in the order of their arrival. */
  envelopes: Envelope[];
  close(): Promise<void>;
}

/** Starts it; every message is acked. A message that is delivered again counts once. */
export async function startRelayEdge(): Promise<RelayEdge> {
  const envelopes: Envelope[] = [];
  const seen = new Set<string>();
  const server = createServer(async (request, response) => {
    const { messages } = readDelivery(await text(request));
    for (const { id, body } of messages) {
      if (seen.has(id)) continue;
      seen.add(id);
      const { header, lines } = readPack(body);
      if (header.kind === "events") envelopes.push(...lines.map((line) => JSON.parse(line) as Envelope));
    }
    const answer: DeliveryAnswer = { verdicts: messages.map(({ id }) => ({ id, verdict: "ack" })) };
    response.setHeader("Content-Type", "application/json").end(JSON.stringify(answer));
  });
  return { url: await listen(server), envelopes, close: () => shut(server) };
}
