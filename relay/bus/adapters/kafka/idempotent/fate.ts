/** What becomes of the records of one publish, whose batches are of several partitions and end by themselves. */
import { type BusRecord, PublishError, type Refusal } from "../../../port/bus.ts";
import { missingRights } from "../wire/denied.ts";
import { faultyTopics } from "../wire/faults.ts";

/** Why a record was not confirmed. */
export type Failure =
  | { outcome: "refused"; refusal: Refusal; cause: Error }
  /** `unknown`: it may be on the bus. */
  | { outcome: "absent" | "unknown"; cause: Error };

/** The records of one publish. */
export interface Fate {
  /** Resolves when all are confirmed. Rejects with a PublishError when all have ended and not all are. */
  ended: Promise<void>;
  confirm(): void;
  fail(record: BusRecord, failure: Failure): void;
}

/** Starts out with nothing known. */
export function createFate(records: readonly BusRecord[]): Fate {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  const failures = new Map<BusRecord, Failure>();
  let left = records.length;
  const end = (): void => {
    if (--left > 0) return;
    if (failures.size === 0) resolve();
    else reject(errorOf(records, failures));
  };
  if (left === 0) resolve();
  return {
    ended,
    confirm: end,
    fail(record, failure) {
      failures.set(record, failure);
      end();
    },
  };
}

function errorOf(records: readonly BusRecord[], failures: ReadonlyMap<BusRecord, Failure>): PublishError {
  const all = [...failures.values()];
  const refused = new Map(
    [...failures].flatMap(([record, failure]) => (failure.outcome === "refused" ? [[record, failure.refusal] as const] : [])),
  );
  const missing = records.filter((record) => failures.has(record));
  const causes = new Map(all.map(({ cause }) => [cause.message, cause]));
  const [first] = causes.values();
  const outcome = all.some((failure) => failure.outcome === "unknown") ? "unknown" : "absent";
  const denied = missingRights(first, {});
  const why = [...causes.keys()].join("; ");
  return new PublishError(outcome, denied === undefined ? why : `not allowed: ${denied.join(", ")} (${why})`, {
    cause: first,
    missing,
    topics: causes.size === 1 ? faultyTopics(first, records) : undefined,
    denied,
    ...(refused.size > 0 ? { refused } : {}),
  });
}
