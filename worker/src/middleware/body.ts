import type { Context } from "hono";
import { WIRE_LIMITS } from "@sightline/client/wire";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app.ts";
import { settingsOf } from "../env.ts";
import { RequestError } from "../errors.ts";
import { createAlarm } from "../lib/alarm.ts";
import { gunzip } from "../lib/gunzip.ts";
import { readBytes } from "../lib/read-bytes.ts";

/** Throws on bytes that are no UTF-8, and skips a byte order mark. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/**
 * Turns the body into what its JSON says, within the limits of bytes and time, whatever Content-Length says. Throws
 * `unsupported_media_type` and `unsupported_encoding` before anything is read; `body_too_large`; `body_timeout`; and `unreadable_body`,
 * also where the sender went away. Nothing of the body is repeated.
 */
export const body = () =>
  createMiddleware<AppEnv>(async function readBody(c, next) {
    const { readTimeoutMs, sendTimeoutMs } = settingsOf(c.env);
    if (!isMedia(c.req.header("content-type") ?? "")) throw new RequestError("unsupported_media_type");
    const gzip = isGzip(c);
    const alarm = createAlarm(Math.min(readTimeoutMs, sendTimeoutMs));
    c.set("alarm", alarm);
    const late = alarm.after(readTimeoutMs).then(() => {
      throw new RequestError("body_timeout", { details: { limit_ms: readTimeoutMs } });
    });
    try {
      const bytes = await readBytes(c.req.raw, WIRE_LIMITS.bodyBytes, late);
      c.set("body", parse(gzip ? unpack(bytes) : bytes));
      await next();
    } finally {
      alarm.stop();
    }
  });

/** Media types that were found to be the wire's, as they were spelled: pages send few spellings, and short ones. */
const media = new Set<string>();
/** How many of them, and of how many characters each: a hostile header is not to fill the isolate's memory. */
const REMEMBERED = 100;

function isMedia(header: string): boolean {
  if (media.has(header)) return true;
  // Trimmed, and not split with its blanks: to look for them takes time by the square of how many a hostile header has.
  const [type = "", ...parameters] = header
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="));
  const isKnown = ["text/plain", "application/json"].includes(type) && /^(charset="?utf-8"?)?$/.test(charset ?? "");
  if (isKnown && media.size < REMEMBERED && header.length <= REMEMBERED) media.add(header);
  return isKnown;
}

function isGzip(c: Context<AppEnv>): boolean {
  const encodings = [c.req.header("content-encoding"), c.req.query("z")].filter(
    (encoding) => encoding && encoding !== "identity",
  );
  if (encodings.length > 1 || encodings.some((encoding) => encoding?.toLowerCase() !== "gzip")) {
    throw new RequestError("unsupported_encoding");
  }
  return encodings.length === 1;
}

function unpack(bytes: Uint8Array): Uint8Array {
  const unpacked = gunzip(bytes, WIRE_LIMITS.bodyBytes);
  if (unpacked.ok) return unpacked.bytes;
  if (unpacked.why === "broken") throw new RequestError("unreadable_body", { message: "the body is not one whole gzip member" });
  throw new RequestError("body_too_large", { details: { limit_bytes_unpacked: WIRE_LIMITS.bodyBytes } });
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    throw new RequestError("unreadable_body");
  }
}
