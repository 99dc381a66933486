import { RequestError } from "../errors/errors.ts";
import type { BodyHold } from "./body-budget.ts";

/**
 * A request's body, as long as it is within `limit` bytes; what it takes is added to `hold`. Throws a RequestError: `body_too_large`;
 * `bodies_pending`; `unreadable_body` where the sender went away; and what `late` rejects with, where that is first.
 */
export async function readBytes(request: Request, limit: number, late: Promise<never>, hold: BodyHold): Promise<Uint8Array> {
  // A body of a known length is read at once, which is four times as fast: HTTP does not let it be longer than that.
  const declared = Number(request.headers.get("content-length") ?? NaN);
  if (declared > limit) throw tooLarge(limit);
  // The engine sets aside what is declared, whether it arrives or not.
  if (declared >= 0) hold.add(declared);
  if (declared >= 0) return new Uint8Array(await before(late, request.arrayBuffer()));
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  try {
    return await before(late, readAll(reader, limit, hold));
  } catch (error) {
    reader.cancel().catch(() => undefined);
    throw error;
  }
}

async function before<T>(late: Promise<never>, work: Promise<T>): Promise<T> {
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw error instanceof RequestError ? error : new RequestError("unreadable_body", { cause: error });
  }
}

async function readAll(reader: ReadableStreamDefaultReader<Uint8Array>, limit: number, hold: BodyHold): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limit) throw tooLarge(limit);
    hold.add(value.byteLength);
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

function tooLarge(limit: number): RequestError {
  return new RequestError("body_too_large", { details: { limit_bytes: limit } });
}
