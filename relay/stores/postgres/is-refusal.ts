/**
 * Whether Postgres refuses a row for what is in it, so that trying again is of no use: data exceptions (22), integrity (23), limits of a row or its index (54),
 * text of another encoding. Anything else is an outage, of the server, of its disk or of a right, and is tried again.
 */
export function isRefusal(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === "string" && /^(?:22|23|54)[0-9A-Z]{3}$/.test(code);
}
