/** The request ids of this page and what is known of each: one id belongs to one surface, and an item of it is exposed once. */
import { nanoid } from "nanoid";
import type { Report } from "./errors.ts";
import type { RequestState } from "./request.ts";

/** Ids that are remembered; a page that lives for days forgets the oldest. */
const REMEMBERED = 1_000;

const ID = /^[\w-]{8,64}$/;

/** Nothing is known of a request. */
export const empty = (): Pick<RequestState, "exposed" | "items" | "placements"> => ({
  exposed: new Set(),
  items: new Map(),
  placements: new Set([undefined]),
});

/** Finds and makes the states of requests. */
export interface Registry {
  /** The state for an id, or for a new one; a muted one where the id belongs to another surface. */
  open(surface: string, id?: string): RequestState;
  /** Gives a state, of which no event was recorded, another id. */
  adopt(state: RequestState, id: string): void;
}

/** An empty registry. */
export function createRegistry(report: Report): Registry {
  const states = new Map<string, RequestState>();

  function find(surface: string, id: string): RequestState | undefined {
    const known = states.get(id);
    if (!known || known.surface === surface) return known;
    report("surface_conflict", `request ${id} belongs to ${known.surface}, not to ${surface}`);
    return { ...known, surface, ...empty(), isMuted: true };
  }

  function remember(state: RequestState): RequestState {
    states.set(state.id, state);
    if (states.size > REMEMBERED) states.delete(states.keys().next().value!);
    return state;
  }

  function isId(id: string): boolean {
    if (ID.test(id)) return true;
    report("wrong_call", "a request id of 8 to 64 of A-Z a-z 0-9 _ - was expected");
    return false;
  }

  return {
    open(surface, id) {
      const own = id !== undefined && isId(id) ? id : nanoid();
      return find(surface, own) ?? remember({ id: own, surface, ...empty() });
    },
    adopt(state, id) {
      if (id === state.id || !isId(id)) return;
      const known = find(state.surface, id);
      if (known?.isMuted) return;
      if (state.isUsed) return report("adopt_refused", "adopt was expected before the first event of the request");
      states.delete(state.id);
      state.id = id;
      // A cached answer comes with an id that this page has used before: what was exposed under it stays exposed.
      if (known) Object.assign(state, known);
      else remember(state);
    },
  };
}
