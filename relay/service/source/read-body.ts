import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { createBufferPool } from "../../lib/buffer-pool.ts";
import { UnreadableDelivery } from "@sightline/worker/delivery";

/** A body is longer than it may be. */
export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}

/** Bodies that are kept for the next, bytes: as many as are under way at a time. */
const pool = createBufferPool(32 * 1024 * 1024);

/** A body, in UTF-8. */
export interface Body {
  bytes: Buffer;
  /** Nobody reads it any more: its memory is used again. */
  reuse(): void;
}

/**
 * Reads the body of a request, at most so many bytes, as UTF-8: what is none of it is replaced, as a text decoder does. Rejects with
 * {@link BodyTooLarge}, or with an {@link UnreadableDelivery} where the connection ends before it. From Node's own stream: web streams and a
 * Request take a twentieth of what the relay does with a delivery.
 */
export async function readBody(incoming: IncomingMessage, mostBytes: number): Promise<Body> {
  const tooLarge = () => new BodyTooLarge(`expected a body of at most ${mostBytes} bytes`);
  const announced = Number(incoming.headers["content-length"] ?? 0);
  if (announced > mostBytes) throw tooLarge();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let lent = pool.lend(announced);
  let length = 0;
  // Copied at once, so that the pieces in which it comes do not grow old.
  const onData = (chunk: Buffer): void => {
    // What else comes is read and left, since the connection is needed for the response.
    if (length + chunk.length > mostBytes) return reject(tooLarge());
    if (length + chunk.length > lent.length) {
      const more = pool.lend(Math.min(2 * (length + chunk.length), mostBytes));
      lent.copy(more, 0, 0, length);
      pool.giveBack(lent);
      lent = more;
    }
    length += chunk.copy(lent, length);
  };
  // Listeners and no iterator, which waits for a promise at each chunk.
  incoming.on("data", onData).once("error", ({ message }) => reject(new UnreadableDelivery(message)));
  incoming.once("close", () => reject(new UnreadableDelivery("the connection was closed before the body's end")));
  incoming.once("end", resolve);
  await promise;
  const bytes = lent.subarray(0, length);
  if (!isUtf8(bytes)) return { bytes: Buffer.from(bytes.toString()), reuse() {} };
  return { bytes, reuse: () => pool.giveBack(lent) };
}
