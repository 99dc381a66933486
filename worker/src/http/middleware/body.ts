import type { Context } from "hono";
import { WIRE_LIMITS } from "@sightline/client/wire";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app-env.ts";
import { settingsOf } from "../../settings/settings.ts";
import { RequestError } from "../../errors/errors.ts";
import { formatOf, readFormat, type Format } from "../../formats/read-format.ts";
import { createAlarm } from "../../lib/alarm.ts";
import { gunzip } from "../../lib/gunzip.ts";
import { readBytes } from "../../body/read-bytes.ts";

/** Throws on bytes that are not UTF-8, and skips a byte order mark. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/**
 * Reads the body, within the limits of bytes and time, whatever Content-Length says, and takes it for what its media type says. Throws
 * `unsupported_media_type` and `unsupported_encoding` before anything is read; `body_too_large`; `bodies_pending`; `body_timeout`; and
 * `unreadable_body`, also where the sender went away. Nothing of the body is repeated.
 */
export const body = () =>
  createMiddleware<AppEnv>(async function readBody(c, next) {
    const { readTimeoutMs, sendTimeoutMs, bodies } = settingsOf(c.env);
    const format = formatOfHeader(c.req.header("content-type") ?? "");
    if (format === undefined) throw new RequestError("unsupported_media_type");
    const gzip = isGzip(c);
    const alarm = createAlarm(Math.min(readTimeoutMs, sendTimeoutMs));
    c.set("alarm", alarm);
    const late = alarm.after(readTimeoutMs).then(() => {
      throw new RequestError("body_timeout", { details: { limit_ms: readTimeoutMs } });
    });
    const hold = bodies.open();
    try {
      const bytes = await readBytes(c.req.raw, WIRE_LIMITS.bodyBytes, late, hold).finally(hold.release);
      c.set(
        "body",
        readFormat(format, decode(gzip ? unpack(bytes) : bytes), (name) => c.req.header(name)),
      );
      await next();
    } finally {
      alarm.stop();
    }
  });

/** Media types that are known, as they were spelled: pages send few spellings, and short ones. */
const spellings = new Map<string, Format>();
/** How many of them, and of how many characters each: a hostile header is not to fill the isolate's memory. */
const REMEMBERED = 100;

function formatOfHeader(header: string): Format | undefined {
  const known = spellings.get(header);
  if (known !== undefined) return known;
  // Trimmed, and not split with its blanks: to look for them takes time by the square of how many a hostile header has.
  const [type = "", ...parameters] = header
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="));
  const format = /^(charset="?utf-8"?)?$/.test(charset ?? "") ? formatOf(type) : undefined;
  if (format !== undefined && spellings.size < REMEMBERED && header.length <= REMEMBERED) spellings.set(header, format);
  return format;
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

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new RequestError("unreadable_body");
  }
}
