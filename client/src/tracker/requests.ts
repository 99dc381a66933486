/** The requests of one page: one id belongs to one surface, and an item of it is exposed once. All requests of an id share their state. */
import { nanoid } from "nanoid";
import type { Engine } from "./engine.ts";
import type { Report } from "../errors/errors.ts";
import { createRequest, type RequestContext } from "./create-request.ts";
import type { DebugNote, Item } from "./items.ts";
import { createState, type RequestState } from "./request-state.ts";
import { attempt } from "../lib/attempt.ts";
import type { Guard } from "../errors/guard.ts";
import type { RequestJson, SightlineRequest } from "./request.ts";

/** Ids that are remembered; a page that lives for days forgets the oldest. */
const REMEMBERED = 1_000;

/** Milliseconds from a server's rendering to the load of its page; clocks differ, too. After that the page came out of a cache. */
const FRESH_MS = 300_000;

const ID = /^(?!undefined$)[\w-]{8,64}$/;

/** Makes what opens the requests of a page. Without an engine they have their ids, and record nothing. */
export function createRequests(engine: Engine | undefined, guard: Guard, report: Report, note: (note: DebugNote) => void) {
  const states = new Map<string, RequestState>();
  const renewed = new Map<string, string>();
  let isTold = false;
  const context: RequestContext = { engine, guard, note, adopt, onEmpty };

  /** The state of an id; a muted one where the id belongs to another surface. */
  function find(surface: string, id: string): RequestState {
    const known = states.get(id);
    if (known && known.surface === surface) return known;
    const isMuted = !surface || !!known;
    if (known) report("surface_conflict", `${id} belongs to ${known.surface}, not to ${surface}`);
    else if (isMuted) report("wrong_call", "expected a surface");
    const state = createState(surface && id, surface, isMuted);
    if (!isMuted) states.set(id, state);
    if (states.size > REMEMBERED) states.delete(states.keys().next().value!);
    return state;
  }

  function isId(id: string): boolean {
    const isRight = ID.test(id);
    if (!isRight) report("wrong_call", `expected an id like ${ID}`);
    return isRight;
  }

  /** The state of a given id, or of a new one where that is none. */
  const open = (surface: string, id?: string): RequestState => find(surface, id !== undefined && isId(id) ? id : nanoid());

  function adopt(state: RequestState, id: string): void {
    if (id === state.requestId || !isId(id)) return;
    if (state.isUsed) return report("adopt_refused", "expected adopt before the first event");
    const known = find(state.surface, id);
    if (known.isMuted) return;
    states.delete(state.requestId);
    // A cached response comes with an id that this page has used before: what was exposed under it stays exposed.
    states.set(id, Object.assign(state, known, { items: state.items }));
  }

  /** Once a page: a list has many of the kind. */
  function onEmpty(surface: string, { itemId }: Item): void {
    if (!isTold) report("nothing_to_see", `${surface} ${itemId} is in view: expected text, a picture or an aria-label in it`);
    isTold = true;
  }

  /** One new id for each old one: what is rendered twice resumes twice. */
  function renew(id: string): string {
    let own = renewed.get(id);
    if (!own) {
      renewed.set(id, (own = nanoid()));
      report("stale_request", `request ${id} of a server is stale: it has a new id`);
    }
    return own;
  }

  return {
    /** Opens a request, with the id that is given or a new one. */
    request(options: { surface: string; requestId?: string | undefined }): SightlineRequest {
      const { surface = "", requestId } = Object(options) as Partial<typeof options>;
      return createRequest(open(surface, requestId), context);
    },

    /** Opens a request that was written as JSON; what was exposed stays exposed. */
    resume(json: RequestJson): SightlineRequest {
      const { surface = "", id, exposed, at = Infinity } = Object(json) as Partial<RequestJson>;
      const isStale = id !== undefined && performance.timeOrigin - at > FRESH_MS;
      if (isStale) return createRequest(open(surface, renew(id)), context);
      const state = open(surface, id);
      state.at = Math.min(state.at, at);
      attempt(() =>
        exposed?.forEach((key) => {
          state.exposed.add(key);
          state.placements.add(JSON.parse(key)[0]);
        }),
      );
      return createRequest(state, context);
    },
  };
}
