const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/;

/** The trace id of a W3C traceparent header; where there is none that can be read, a new one. 32 hex digits. */
export function traceId(traceparent: string | null | undefined): string {
  const given = TRACEPARENT.exec(traceparent ?? "")?.[1];
  if (given !== undefined && !/^0+$/.test(given)) return given;
  // 122 random bits, in one call.
  return crypto.randomUUID().replaceAll("-", "");
}
