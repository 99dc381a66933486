import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { UnreadableDelivery } from "@sightline/worker/delivery";

/** A body is longer than it may be. */
export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}

/**
 * Reads the body of a request, at most so many bytes, as UTF-8: what is none of it is replaced, as a text decoder does. Rejects with
 * {@link BodyTooLarge}, or with an {@link UnreadableDelivery} where the connection ends before it. From Node's own stream: web streams and a
 * Request take a twentieth of what the relay does with a delivery.
 */
export async function readBody(incoming: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const tooLarge = () => new BodyTooLarge(`expected a body of at most ${mostBytes} bytes`);
  if (Number(incoming.headers["content-length"] ?? 0) > mostBytes) throw tooLarge();
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes <= mostBytes) return void chunks.push(chunk);
    // What else comes is read and left, since the connection is needed for the response.
    chunks.length = 0;
    reject(tooLarge());
  };
  // Listeners and no iterator, which waits for a promise at each chunk.
  incoming.on("data", onData).once("error", ({ message }) => reject(new UnreadableDelivery(message)));
  incoming.once("close", () => reject(new UnreadableDelivery("the connection was closed before the body's end")));
  incoming.once("end", () => resolve(Buffer.concat(chunks, bytes)));
  const body = await promise;
  return isUtf8(body) ? body : Buffer.from(body.toString());
}
