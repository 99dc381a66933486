import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { readDelivery, type Delivery, type Verdict } from "../../worker/src/envelope/delivery.ts";
import { readPack } from "../../worker/src/envelope/pack.ts";

/** What a recording relay answers a delivery: verdicts, or another status. */
export type RelayAnswer = { verdicts: Verdict[] } | { status: number; headers?: Record<string, string> };

/** A server in the relay's place that writes down what it is pushed. */
export interface RecordingRelay {
  url: string;
  deliveries: Delivery[];
  requests: { path: string | undefined; headers: IncomingHttpHeaders }[];
  /** How many times each message was delivered, by id. */
  countsById(): Record<string, number>;
  /** Every envelope of a queue, in the order of delivery. */
  envelopes<T>(queue: string): T[];
  close(): Promise<void>;
}

/** Acks every message of a delivery. */
export function ackAll({ messages }: Delivery): RelayAnswer {
  return { verdicts: messages.map(({ id }) => ({ id, verdict: "ack" })) };
}

/** Starts one on a free port; `answer` is asked for each delivery. */
export async function recordingRelay(
  answer: (delivery: Delivery, nth: number) => RelayAnswer | Promise<RelayAnswer> = ackAll,
): Promise<RecordingRelay> {
  const deliveries: Delivery[] = [];
  const requests: RecordingRelay["requests"] = [];
  const server = createServer(async (request, response) => {
    const delivery = readDelivery(await text(request));
    requests.push({ path: request.url, headers: request.headers });
    const nth = deliveries.push(delivery) - 1;
    const said = await answer(delivery, nth);
    const [status, headers] = "verdicts" in said ? [200, {}] : [said.status, said.headers ?? {}];
    response.writeHead(status, { ...headers, "content-type": "application/json" }).end(JSON.stringify(said));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    deliveries,
    requests,
    countsById() {
      const ids = deliveries.flatMap(({ messages }) => messages.map(({ id }) => id));
      return Object.fromEntries(ids.map((id) => [id, ids.filter((other) => other === id).length]));
    },
    envelopes<T>(queue: string) {
      const messages = deliveries.filter((delivery) => delivery.queue === queue).flatMap((delivery) => delivery.messages);
      return messages.flatMap(({ body }) => readPack(body).lines).map((line) => JSON.parse(line) as T);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
