import type { Server, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { failPoint } from "../../lib/fail-point.ts";

/** A client that reads its response no faster than this is not waited for, milliseconds. */
const LONGEST_MS = 5_000;

/**
 * Watches the requests to `path`. The function it returns resolves when every one that came in has its response on the wire, so that a
 * server that ends does not cut off the verdicts of its last round.
 */
export function watchResponses(server: Server, path: string): () => Promise<void> {
  const open = new Map<ServerResponse, Promise<void>>();
  server.on("request", ({ url }, response: ServerResponse) => {
    if (url !== path) return;
    const closed = new Promise<void>((resolve) => response.once("close", resolve));
    const noted = async (): Promise<void> => {
      await closed;
      open.delete(response);
      if (response.statusCode === 200) failPoint("after_ack");
    };
    open.set(response, noted());
  });
  return async () => {
    const late = new AbortController();
    await Promise.race([Promise.all(open.values()), sleep(LONGEST_MS, undefined, { signal: late.signal }).catch(() => {})]);
    late.abort();
  };
}
