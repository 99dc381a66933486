/** What observers are told of a round. */
import { valueSize } from "../../bus/records/envelope-record.ts";
import type { DecodedMessage } from "../decode/decode-delivery.ts";
import type { Plan } from "../plan/plan-round.ts";
import type { FailedRound, RoundReport } from "../telemetry/observer.ts";

type Times = Pick<RoundReport, "startedAt" | "publishedFrom" | "publishedAt" | "settledAt">;

/** The report of a round that is settled. */
export function roundReport(
  taken: readonly DecodedMessage[],
  { records, claim, tally, deferred }: Plan,
  times: Times,
): RoundReport {
  const topics = new Map<string, RoundReport["records"][number]>();
  for (const record of records) {
    const { topic } = record;
    const row = topics.get(topic) ?? { topic, count: 0, bytes: 0 };
    row.count++;
    row.bytes += valueSize(record);
    topics.set(topic, row);
  }
  const oldest = new Map<string, string>();
  for (const { queue, message } of taken) {
    const before = oldest.get(queue);
    if (before === undefined || message.sent_at < before) oldest.set(queue, message.sent_at);
  }
  return {
    ...times,
    records: [...topics.values()],
    settled: claim.settled,
    oldest: [...oldest].map(([queue, sentAt]) => ({ queue, sentAt })),
    deferred: [...Map.groupBy(deferred.values(), ({ reason }) => reason)].map(([reason, all]) => ({
      reason,
      messages: all.length,
    })),
    traceIds: tally.traceIds(),
    examples: tally.examples(),
    duplicateAges: tally.duplicateAges,
  };
}

/** The report of a round that failed. */
export function failedRound(taken: readonly DecodedMessage[], startedAt: number, { message: reason }: Error): FailedRound {
  return { startedAt, failedAt: Date.now(), reason, queues: [...new Set(taken.map(({ queue }) => queue))] };
}
