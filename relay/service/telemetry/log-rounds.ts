/** Rounds in the log: each at debug, and what was dead-lettered or failed at warn, with a trace id to begin with. */
import type { Logger } from "pino";
import { totals } from "../../state/counters.ts";
import type { Observer } from "./observer.ts";

/** Makes the observer. */
export function logRounds(log: Logger): Observer {
  return {
    onRound({ startedAt, publishedFrom, publishedAt, settledAt, records, settled, deferred, examples, traceIds }) {
      log.debug(
        {
          ms: settledAt - startedAt,
          publish_ms: publishedAt - publishedFrom,
          records: records.reduce((sum, { count }) => sum + count, 0),
          ...counted(totals(settled)),
          trace_id: traceIds[0],
        },
        "a round is settled",
      );
      for (const { reason, messages } of deferred) log.warn({ reason, messages }, "given back: the queue delivers it again");
      for (const { event_type, fate, n } of settled) {
        if (!fate.startsWith("dead_lettered:")) continue;
        const trace_id = examples.find((one) => one.event_type === event_type && one.fate === fate)?.trace_id;
        log.warn({ event_type, error_code: fate.slice("dead_lettered:".length), n, trace_id }, "dead-lettered");
      }
    },
    onFailedRound({ startedAt, failedAt, reason, queues }) {
      log.warn({ ms: failedAt - startedAt, queues, reason }, "a round failed: the queue delivers it again");
    },
  };
}

function counted({ delivered, duplicates, dead_lettered, redelivered }: ReturnType<typeof totals>) {
  return { delivered, duplicates, dead_lettered, redelivered };
}
