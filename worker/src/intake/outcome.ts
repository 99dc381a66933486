import { fault, type Fault } from "../errors/fault.ts";
import type { Intake, LeftOutEvent, TakenEvent } from "./intake.ts";

/** One event of a batch that is not in the queue: it was refused or left out, or the queue did not confirm it. */
export interface Failure extends Fault {
  /** Its place in the batch, from 0. */
  index: number;
  /** Its registered type, `unknown` where it has none. */
  type: string;
}

/** What became of the events of a request: each place of the batch is in `accepted` or in `failures`. */
export interface BatchOutcome {
  /** The queue has them. */
  accepted: readonly TakenEvent[];
  /** In the order of the batch. */
  failures: readonly Failure[];
  leftOut: readonly LeftOutEvent[];
  /** The ids of the sound events that came without one, by their places. */
  derivedIds: ReadonlyMap<number, string>;
}

/** What the queues confirmed of an intake, in the order of its lists. */
export interface Confirmed {
  taken: readonly boolean[];
  refused: readonly boolean[];
}

/** Puts an intake and what the queues confirmed of it together. An event whose refusal was not recorded is sent again: it would be counted nowhere. */
export function outcomeOf({ taken, refused, leftOut, derivedIds }: Intake, confirmed: Confirmed): BatchOutcome {
  const unconfirmed = fault("queue_unavailable");
  const accepted: TakenEvent[] = [];
  const failures: Failure[] = refused.map(({ index, type, fault: found }, i) => ({
    ...(confirmed.refused[i] ? found : unconfirmed),
    index,
    type,
  }));
  for (const [i, event] of taken.entries()) {
    if (confirmed.taken[i]) accepted.push(event);
    else for (const index of event.indexes) failures.push({ ...unconfirmed, index, type: event.type });
  }
  for (const { index, type, fault: found } of leftOut) failures.push({ ...found, index, type });
  return { accepted, failures: failures.toSorted((a, b) => a.index - b.index), leftOut, derivedIds };
}
