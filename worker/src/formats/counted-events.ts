import { RequestError } from "../errors/errors.ts";

/** Events, as many as a batch may have, before anything is done with each. Throws `empty_batch`, `too_many_events`. */
export function countedEvents<T>(events: T[], most: number): T[] {
  if (events.length === 0) throw new RequestError("empty_batch");
  if (events.length > most) throw new RequestError("too_many_events", { details: { events: events.length, limit: most } });
  return events;
}
