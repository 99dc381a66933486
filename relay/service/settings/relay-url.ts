import type { ServiceOptions } from "./service.ts";

/** Where a running relay is asked: RELAY_URL, else RELAY_HOST and RELAY_PORT. */
export function relayUrl({ url, host, port }: Pick<ServiceOptions, "url" | "host" | "port">): string {
  return url ?? `http://${reachable(host)}:${port}`;
}

/** An address to listen on is not always one to call. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host.includes(":") ? `[${host === "::" ? "::1" : host}]` : host;
}
