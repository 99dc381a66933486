import { gzip } from "../lib/gzip.ts";
import { writeChunk, type Chunk } from "./cut-chunks.ts";
import { keyHeader } from "./idempotency.ts";

/** What a request carries, beside what all requests of a sender do. */
export interface RequestParts {
  headers: Record<string, string>;
  body: string | ArrayBuffer;
}

/** Characters from which gzip pays. */
const WORTH_GZIP = 1_024;

/** Writes the request for a chunk of the `total` events of a call. */
export async function writeRequest(chunk: Chunk, total: number, key: string | undefined): Promise<RequestParts> {
  const text = writeChunk(chunk);
  const packed = text.length < WORTH_GZIP ? undefined : await gzip(text);
  return {
    headers: {
      ...(packed && { "Content-Encoding": "gzip" }),
      ...(key !== undefined && { "Idempotency-Key": await keyHeader(key, chunk.parts, total) }),
    },
    body: packed ?? text,
  };
}
