/** The events of each of the newest requests, so that one can be followed from its decision to its outcomes. */
import { forgetOldest } from "../analysis/forget-oldest.ts";
import type { ArrivedEvent, RequestPath } from "./state.ts";

/** Requests that are remembered, and events of each. */
const MOST_REQUESTS = 2_000;
const MOST_EVENTS = 40;

/** The paths. */
export interface Paths {
  add(event: ArrivedEvent): void;
  /** Undefined where the request is not known, or forgotten. */
  find(request_id: string): RequestPath | undefined;
}

/** Makes it, empty. Events are kept as they are given, so what becomes of them later shows. */
export function createPaths(): Paths {
  const requests = new Map<string, { events: ArrivedEvent[]; more: number }>();
  return {
    add(event) {
      if (event.request_id === "") return;
      const path = requests.get(event.request_id) ?? { events: [], more: 0 };
      // One that is still active is not the oldest.
      requests.delete(event.request_id);
      requests.set(event.request_id, path);
      if (path.events.length < MOST_EVENTS) path.events.push(event);
      else path.more++;
      forgetOldest(requests, MOST_REQUESTS);
    },
    find(request_id) {
      const path = requests.get(request_id);
      if (!path) return undefined;
      const events = path.events.toSorted((a, b) => order(a) - order(b) || a.occurred_at.localeCompare(b.occurred_at));
      return { request_id, events, more: path.more };
    },
  };
}

/** A decision comes first, whatever its clock says: backends and browsers have their own. */
function order({ event_type }: ArrivedEvent): number {
  return event_type === "decision" ? 0 : 1;
}
