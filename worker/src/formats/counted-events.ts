import { RequestError } from "../errors/errors.ts";

/** Events, as many as a batch may have, before anything is done with each. Throws `empty_batch`, `too_many_events`. */
export function countedEvents<T>(events: T[], most: number): T[] {
  checkCount(events.length, most);
  return events;
}

/** Throws `empty_batch` or `too_many_events` where that is not a number of events that a batch may have. */
export function checkCount(events: number, most: number): void {
  if (events === 0) throw new RequestError("empty_batch");
  if (events > most) throw new RequestError("too_many_events", { details: { events, limit: most } });
}
