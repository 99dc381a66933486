/** The request ids of this page and what is known of each: one id belongs to one surface, and an item of it is exposed once. */
import { nanoid } from "nanoid";
import type { Report } from "./errors.ts";
import { createState, type RequestState } from "./request.ts";

/** Ids that are remembered; a page that lives for days forgets the oldest. */
const REMEMBERED = 1_000;

const ID = /^[\w-]{8,64}$/;

/** Finds and makes the states of requests. */
export interface Registry {
  /** The state for an id, or a new id where none is given; undefined where the id belongs to another surface. */
  open(surface: string, id?: string): RequestState | undefined;
  /** Gives a state, of which no event was recorded, another id. */
  adopt(state: RequestState, id: string): void;
}

/** An empty registry. */
export function createRegistry(report: Report): Registry {
  const states = new Map<string, RequestState>();

  function remember(state: RequestState): RequestState {
    states.set(state.id, state);
    for (const id of states.keys()) if (states.size > REMEMBERED) states.delete(id);
    return state;
  }

  function isTaken(id: string, surface: string): boolean {
    const taken = states.get(id);
    if (!taken || taken.surface === surface) return false;
    report("surface_conflict", `one request id belongs to one surface: ${id} is that of ${taken.surface}, and not of ${surface}`);
    return true;
  }

  return {
    open(surface, id = nanoid()) {
      if (isTaken(id, surface)) return undefined;
      return states.get(id) ?? remember(createState(id, surface));
    },
    adopt(state, id) {
      if (id === state.id || isTaken(id, state.surface)) return;
      if (state.isUsed || !isRequestId(id)) {
        report("adopt_refused", "adopt takes 8 to 64 characters of A-Z a-z 0-9 _ -, before the first event of the request");
        return;
      }
      states.delete(state.id);
      const known = states.get(id);
      state.id = id;
      // A cached answer comes with an id that this page has used before: what was exposed under it stays exposed.
      if (known) Object.assign(state, { exposed: known.exposed, items: known.items });
      else remember(state);
    },
  };
}

/** True for an id that the wire takes. */
export function isRequestId(id: unknown): id is string {
  return typeof id === "string" && ID.test(id);
}
