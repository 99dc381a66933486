/** Posts deliveries to a relay, as the queue's consumer does. */
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import type { DeliveryAnswer } from "../../worker/src/envelope/delivery.ts";
import type { Prepared } from "./deliveries.ts";

/** Where to, and by which token. */
export interface Target {
  port: number;
  token: string;
}

/** A connection for each delivery that is under way. */
const agent = new Agent({ keepAlive: true });

/** The relay takes nothing just now: the queue delivers again. */
export class NotTaken extends Error {}

/** Posts the next use of a delivery; resolves when each message in it was acked. Rejects with {@link NotTaken}, or where there is any other response. */
export async function post({ port, token }: Target, delivery: Prepared): Promise<void> {
  const body = delivery.next();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-ndjson", "content-length": body.length };
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; words: string }>();
  const outgoing = request({ agent, host: "127.0.0.1", port, path: "/v1/deliveries", method: "POST", headers }, (answer) => {
    text(answer).then((words) => resolve({ status: answer.statusCode ?? 0, words }), reject);
  });
  outgoing.once("error", reject).end(body);
  const { status, words } = await promise;
  if (status === 503) throw new NotTaken(words.slice(0, 300));
  const acked =
    status === 200 ? (JSON.parse(words) as DeliveryAnswer).verdicts.filter(({ verdict }) => verdict === "ack").length : 0;
  if (acked !== delivery.messages)
    throw new Error(`expected 200 and ${delivery.messages} acks, got ${status}: ${words.slice(0, 300)}`);
}

/** Posts deliveries for `ms`, each again as soon as it was answered; returns how many events were acked, and in how many milliseconds. */
export async function load(target: Target, deliveries: readonly Prepared[], ms: number): Promise<{ events: number; ms: number }> {
  const began = performance.now();
  const until = began + ms;
  let events = 0;
  const lane = async (delivery: Prepared): Promise<void> => {
    while (performance.now() < until) {
      await post(target, delivery);
      events += delivery.events;
    }
  };
  await Promise.all(deliveries.map(lane));
  return { events, ms: performance.now() - began };
}
