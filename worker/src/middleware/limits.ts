import { WIRE_LIMITS } from "@sightline/client/wire";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app.ts";
import { settingsOf } from "../env.ts";
import { RequestError } from "../errors.ts";

/**
 * Reads the body as it was sent, within the limits of bytes and time, whatever Content-Length says. Throws `body_too_large`,
 * `body_timeout`, or `unreadable_body` where the sender went away.
 */
export const limits = () =>
  createMiddleware<AppEnv>(async function readWithinLimits(c, next) {
    const declared = Number(c.req.header("content-length") ?? 0);
    if (declared > WIRE_LIMITS.bodyBytes) throw tooLarge();
    const { body } = c.req.raw;
    c.set("bytes", body === null ? new Uint8Array() : await readBody(body, settingsOf(c.env).readTimeoutMs));
    await next();
  });

async function readBody(body: ReadableStream<Uint8Array>, timeoutMs: number): Promise<Uint8Array> {
  const reader = body.getReader();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new RequestError("body_timeout", { details: { limit_ms: timeoutMs } })), timeoutMs);
  try {
    return await Promise.race([readAll(reader), late]);
  } catch (error) {
    reader.cancel().catch(() => undefined);
    throw error instanceof RequestError ? error : new RequestError("unreadable_body", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function readAll(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > WIRE_LIMITS.bodyBytes) throw tooLarge();
    chunks.push(value);
  }
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : joined(chunks, size);
}

function joined(chunks: Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

function tooLarge(): RequestError {
  return new RequestError("body_too_large", { details: { limit_bytes: WIRE_LIMITS.bodyBytes } });
}
