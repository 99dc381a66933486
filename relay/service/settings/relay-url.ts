import type { Config } from "./config.ts";

/** Where a running relay is asked: RELAY_URL, else RELAY_HOST and RELAY_PORT. */
export function relayUrl({ RELAY_URL, RELAY_HOST, RELAY_PORT }: Pick<Config, "RELAY_URL" | "RELAY_HOST" | "RELAY_PORT">): string {
  return RELAY_URL ?? `http://${reachable(RELAY_HOST)}:${RELAY_PORT}`;
}

/** An address to listen on is not always one to call. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host.includes(":") ? `[${host === "::" ? "::1" : host}]` : host;
}
