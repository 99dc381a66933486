import type { IncomingMessage } from "node:http";

/** A body is longer than it may be. */
export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}

/**
 * Reads the body of a request as UTF-8, at most so many bytes. Rejects with {@link BodyTooLarge}, or as the connection does. From Node's
 * own stream: web streams and a Request take a twentieth of what the relay does with a delivery.
 */
export async function readBody(incoming: IncomingMessage, mostBytes: number): Promise<string> {
  const tooLarge = () => new BodyTooLarge(`expected a body of at most ${mostBytes} bytes`);
  if (Number(incoming.headers["content-length"] ?? 0) > mostBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not destroyed where it is too long: the connection is needed for the response.
  for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString();
}
