/**
 * A push delivery: what the queue's consumer Worker posts to the relay (`POST /v1/deliveries`, `application/x-ndjson`, bearer token),
 * and the verdicts that it responds with.
 *
 * Lines of text: one JSON header for the delivery; then for each message one JSON header, followed by as many lines as it announces,
 * which are the message's body as it is. A body may be anything: it is carried, not understood, here.
 */

/** Version of the delivery. */
export const DELIVERY_VERSION = 1;

/** One message of a queue, as the consumer was given it. */
export interface DeliveryMessage {
  /** The queue's id for the message: the same at every redelivery. */
  id: string;
  /** Deliveries of the message so far, this one included. */
  attempts: number;
  /** When it entered the queue, ISO 8601 UTC. */
  sent_at: string;
  /** The body, as text. */
  body: string;
}

/** Messages of one queue. */
export interface Delivery {
  /** Name of the queue. */
  queue: string;
  messages: DeliveryMessage[];
}

/** What becomes of one message. */
export type Verdict =
  /** Everything in it is on the bus, or in the dead letters: the queue may delete it. */
  | { id: string; verdict: "ack" }
  /** Deliver it again, not before `delay_seconds`. */
  | { id: string; verdict: "retry"; delay_seconds: number; reason: string };

/** The response to a delivery (200): a verdict for each message, by id. */
export interface DeliveryAnswer {
  verdicts: Verdict[];
}

/** The text of a delivery. */
export function writeDelivery({ queue, messages }: Delivery): string {
  const lines = [JSON.stringify({ v: DELIVERY_VERSION, queue, messages: messages.length })];
  for (const { id, attempts, sent_at, body } of messages) {
    lines.push(JSON.stringify({ id, attempts, sent_at, lines: countLines(body) }), body);
  }
  return lines.join("\n");
}

/** Takes a delivery apart. Throws an Error that says what was expected where the text is no delivery. */
export function readDelivery(text: string): Delivery {
  const lines = text.split("\n");
  const head = parseLine(lines[0], "the delivery's header");
  if (head["v"] !== DELIVERY_VERSION || typeof head["queue"] !== "string" || !isCount(head["messages"])) {
    throw new Error(`expected a delivery's header: {"v":${DELIVERY_VERSION},"queue","messages"}`);
  }
  const messages: DeliveryMessage[] = [];
  let next = 1;
  for (let i = 0; i < head["messages"]; i++) {
    const { id, attempts, sent_at, lines: count } = parseLine(lines[next], `header of message ${i}`);
    if (typeof id !== "string" || !isCount(attempts) || typeof sent_at !== "string" || !isCount(count)) {
      throw new Error(`message ${i}: expected a header of id, attempts, sent_at and lines`);
    }
    const end = next + 1 + count;
    if (end > lines.length) throw new Error(`message ${i}: ${count} lines were announced, and the delivery ends before`);
    messages.push({ id, attempts, sent_at, body: lines.slice(next + 1, end).join("\n") });
    next = end;
  }
  if (next !== lines.length) throw new Error(`the delivery goes on after its ${messages.length} messages`);
  return { queue: head["queue"], messages };
}

function parseLine(line: string | undefined, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line ?? "");
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below, with what was expected.
  }
  throw new Error(`${what}: expected a line with a JSON object`);
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function countLines(body: string): number {
  let count = 1;
  for (let at = body.indexOf("\n"); at !== -1; at = body.indexOf("\n", at + 1)) count++;
  return count;
}
