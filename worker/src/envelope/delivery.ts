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
export interface DeliveryMessage<Body = string> {
  /** The queue's id for the message: the same at every redelivery. */
  id: string;
  /** Deliveries of the message so far, this one included. */
  attempts: number;
  /** When it entered the queue, ISO 8601 UTC. */
  sent_at: string;
  /** The body, as text, or its bytes in UTF-8. */
  body: Body;
}

/** Messages of one queue. */
export interface Delivery<Body = string> {
  /** Name of the queue. */
  queue: string;
  messages: DeliveryMessage<Body>[];
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

/** A text is no delivery; the message says what was expected. */
export class UnreadableDelivery extends Error {
  override readonly name = "UnreadableDelivery";
}

const NEWLINE = 10;

/** Takes a delivery, in UTF-8, apart; the bodies are parts of it. Throws an {@link UnreadableDelivery} where it is none. */
export function openDelivery(bytes: Buffer): Delivery<Buffer> {
  /** Where the line that begins at a place ends. */
  const endOf = (from: number): number => {
    const end = bytes.indexOf(NEWLINE, from);
    return end === -1 ? bytes.length : end;
  };
  let next = 0;
  const line = (what: string): Record<string, unknown> => {
    const from = next;
    next = endOf(from) + 1;
    return parseLine(bytes.toString("utf8", from, next - 1), what);
  };
  const head = line("the delivery's header");
  if (head["v"] !== DELIVERY_VERSION || typeof head["queue"] !== "string" || !isCount(head["messages"])) {
    throw new UnreadableDelivery(`expected a delivery's header: {"v":${DELIVERY_VERSION},"queue","messages"}`);
  }
  const messages: DeliveryMessage<Buffer>[] = [];
  for (let i = 0; i < head["messages"]; i++) {
    const { id, attempts, sent_at, lines } = line(`header of message ${i}`);
    if (typeof id !== "string" || !isCount(attempts) || typeof sent_at !== "string" || !isCount(lines)) {
      throw new UnreadableDelivery(`message ${i}: expected a header of id, attempts, sent_at and lines`);
    }
    const from = next;
    for (let left = lines; left > 0; left--) {
      if (next > bytes.length)
        throw new UnreadableDelivery(`message ${i}: ${lines} lines were announced, and the delivery ends before`);
      next = endOf(next) + 1;
    }
    messages.push({ id, attempts, sent_at, body: bytes.subarray(from, Math.max(from, next - 1)) });
  }
  if (next <= bytes.length) throw new UnreadableDelivery(`the delivery goes on after its ${messages.length} messages`);
  return { queue: head["queue"], messages };
}

/** The same of a delivery as text, with bodies as text. */
export function readDelivery(text: string): Delivery {
  const { queue, messages } = openDelivery(Buffer.from(text));
  return { queue, messages: messages.map(({ body, ...message }) => ({ ...message, body: body.toString() })) };
}

function parseLine(line: string, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below, with what was expected.
  }
  throw new UnreadableDelivery(`${what}: expected a line with a JSON object`);
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function countLines(body: string): number {
  let count = 1;
  for (let at = body.indexOf("\n"); at !== -1; at = body.indexOf("\n", at + 1)) count++;
  return count;
}
