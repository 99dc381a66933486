import type { Server } from "node:http";
import { closeServer } from "../relay/lib/close-server.ts";
import type { Collector } from "./collector.ts";
import { drain } from "./drain.ts";
import type { Gate } from "./gate.ts";
import type { Posting } from "./post-spool.ts";
import type { Spool } from "./spool.ts";

/** How long the queue may take to drain before what is left goes to the spool, milliseconds. */
const DRAIN_MS = 20_000;
/** How long the queue may take to hand over to the spool, milliseconds. */
const SPOOL_MS = 10_000;

interface Parts {
  /** What takes requests. */
  servers: Server[];
  collector: Pick<Collector, "backlog">;
  gate: Gate;
  posting: Posting;
  spool: Spool;
  say: (line: string) => void;
}

/**
 * Stops taking, then empties the queue: into the bus, or where that does not take it in time, or the user cannot wait, into the
 * spool. Returns how many messages could be put into neither.
 */
export async function finish({ servers, collector, gate, posting, spool, say }: Parts, flush: AbortSignal): Promise<number> {
  say("stopping: no more requests are taken, the queue is drained (again Ctrl-C: keep what is left on the disk, and end)");
  await Promise.all(servers.map((server) => closeServer(server)));
  const inTime = await drain(collector, gate, AbortSignal.any([flush, AbortSignal.timeout(DRAIN_MS)]));
  await posting.stop();
  if (!inTime) await gate.spool().catch((error: unknown) => say(`the spool cannot be written: ${String(error)}`));
  const done = inTime || (await drain(collector, gate, AbortSignal.timeout(SPOOL_MS)));
  const kept = spool.count();
  if (kept > 0) say(`${kept} messages that the bus did not take are in the spool; the next start sends them first`);
  else if (done) say("the queue is empty: everything is on the bus");
  return done ? 0 : gate.unacked() + (await collector.backlog());
}
