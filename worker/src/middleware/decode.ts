import { WIRE_LIMITS } from "@sightline/client/wire";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app.ts";
import { RequestError } from "../errors.ts";
import { gunzip } from "../lib/gunzip.ts";

/** Refuses media types and encodings other than the wire's, before anything is read. */
export const accept = () =>
  createMiddleware<AppEnv>(async function acceptMedia(c, next) {
    const [type = "", ...parameters] = (c.req.header("content-type") ?? "").toLowerCase().split(/\s*;\s*/);
    const charset = parameters.find((parameter) => parameter.startsWith("charset="));
    if (!["text/plain", "application/json"].includes(type.trim()) || !/^(charset="?utf-8"?)?$/.test(charset ?? "")) {
      throw new RequestError("unsupported_media_type");
    }
    const encodings = [c.req.header("content-encoding"), c.req.query("z")].filter(
      (encoding) => encoding && encoding !== "identity",
    );
    if (encodings.length > 1 || encodings.some((encoding) => encoding?.toLowerCase() !== "gzip")) {
      throw new RequestError("unsupported_encoding");
    }
    c.set("gzip", encodings.length === 1);
    await next();
  });

/** Turns the body's bytes into what JSON says. Throws `unreadable_body` or `body_too_large`; neither repeats anything of the body. */
export const decode = () =>
  createMiddleware<AppEnv>(async function decodeBody(c, next) {
    const { bytes, gzip } = c.var;
    try {
      c.set("body", JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(gzip ? unpack(bytes) : bytes)));
    } catch (error) {
      throw error instanceof RequestError ? error : new RequestError("unreadable_body");
    }
    await next();
  });

function unpack(bytes: Uint8Array): Uint8Array {
  const unpacked = gunzip(bytes, WIRE_LIMITS.bodyBytes);
  if (unpacked.ok) return unpacked.bytes;
  if (unpacked.why === "broken") throw new RequestError("unreadable_body", { message: "the body is not one whole gzip member" });
  throw new RequestError("body_too_large", { details: { limit_bytes_unpacked: WIRE_LIMITS.bodyBytes } });
}
