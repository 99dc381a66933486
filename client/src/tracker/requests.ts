/** The requests of one page: one id belongs to one surface, and an item of it is exposed once. All requests of an id share their state. */
import { nanoid } from "nanoid";
import type { Engine } from "./engine.ts";
import type { Report } from "../errors/errors.ts";
import { itemKey, ITEMS, type DebugNote, type Item, type ItemState } from "./items.ts";
import { attempt } from "../lib/attempt.ts";
import type { Guard } from "../errors/guard.ts";
import { newTrace } from "../lib/new-trace.ts";
import type { EventName, OutcomeDetails } from "./event-details.ts";
import type { RequestJson, SightlineRequest } from "./request.ts";
import type { Basis } from "../wire/index.ts";

/** Ids that are remembered; a page that lives for days forgets the oldest. */
const REMEMBERED = 1_000;

/** Milliseconds from a server's rendering to the load of its page; clocks differ, too. After that the page came out of a cache. */
const FRESH_MS = 300_000;

const ID = /^(?!undefined$)[\w-]{8,64}$/;

const STATES: readonly (ItemState | undefined)[] = ["requested", "rendered", "seen", "acted"];

const nothing = (): void => {};

/** What is known of a request id on this page. */
interface RequestState {
  requestId: string;
  surface: string;
  /** Keys of the items that were exposed. */
  exposed: Set<string>;
  /** Items that were answered, observed or exposed, by key. */
  items: Map<string, Item & { state: ItemState }>;
  /** Placements that its items were in: an outcome tells of an item, and not of a placement. */
  placements: Set<string | undefined>;
  trace: string;
  /** When it was made, in milliseconds. */
  at: number;
  /** It records nothing: its id belongs to another surface. */
  isMuted: boolean;
  /** An event carries the id: it stays. */
  isUsed: boolean;
}

/** What a request is opened with. */
export type RequestOptions = Partial<RequestJson> & { requestId?: string | undefined };

/** Makes what opens the requests of a page. Without an engine they have their ids, and record nothing. */
export function createRequests(engine: Engine | undefined, guard: Guard, report: Report, note: (note: DebugNote) => void) {
  const states = new Map<string, RequestState>();
  const renewed = new Map<string, string>();
  let isTold = false;

  /** The state of an id; a muted one where the id belongs to another surface. */
  function find(surface: string, id: string): RequestState {
    const known = states.get(id);
    if (known && known.surface === surface) return known;
    const isMuted = !surface || !!known;
    if (known) report("surface_conflict", `request ${id} belongs to ${known.surface}, not to ${surface}`);
    else if (isMuted) report("wrong_call", "a surface was expected");
    const state: RequestState = {
      requestId: surface && id,
      surface,
      exposed: new Set(),
      items: new Map(),
      placements: new Set([undefined]),
      trace: newTrace(),
      at: Date.now(),
      isMuted,
      isUsed: isMuted,
    };
    if (!isMuted) states.set(id, state);
    if (states.size > REMEMBERED) states.delete(states.keys().next().value!);
    return state;
  }

  function isId(id: string): boolean {
    const isRight = ID.test(id);
    if (!isRight) report("wrong_call", `an id like ${ID} was expected`);
    return isRight;
  }

  function createRequest(state: RequestState): SightlineRequest {
    const { surface } = state;

    function record(type: string, details: object): void {
      state.isUsed = true;
      if (!state.isMuted) engine?.record(type, state, details);
    }

    /** Moves an item on to a state; never back. */
    function advance(item: Item, to: ItemState, element?: Element): void {
      const { requestId, items } = state;
      const key = itemKey(item);
      const before = items.get(key)?.state;
      const now = STATES.indexOf(before) > STATES.indexOf(to) ? before! : to;
      state.placements.add(item.placement);
      // A copy: a list that recycles its rows may recycle its objects too.
      items.set(key, { ...item, state: now });
      if (now !== before || element) note({ requestId, item, state: now, element });
    }

    function recordItems(type: string, items: readonly Item[], basis?: Basis): void {
      for (let at = 0; at < items.length; at += ITEMS) record(type, { items: items.slice(at, at + ITEMS), basis });
      for (const item of items) advance(item, basis ? "seen" : "requested");
    }

    /** Records one exposure of those items that were not exposed yet. */
    function expose(items: readonly Item[], basis: Basis): void {
      const fresh = items.filter((item) => !state.exposed.has(itemKey(item)) && state.exposed.add(itemKey(item)));
      recordItems("exposure", fresh, basis);
    }

    /** What is seen in one moment is one event. */
    const seen: Item[] = [];
    function see(item: Item): void {
      if (seen.push(item) === 1) queueMicrotask(() => expose(seen.splice(0), "viewable"));
    }

    /** Once a page: a list has many of the kind. */
    function tell({ itemId }: Item): void {
      if (!isTold)
        report("nothing_to_see", `${surface} ${itemId} is in view, but text, a picture or an aria-label was expected in it`);
      isTold = true;
    }

    function observe(element: Element, item: Item): () => void {
      const isSeen = state.exposed.has(itemKey(item));
      const own = { ...item };
      advance(own, isSeen ? "seen" : "requested", element);
      const key = `${state.requestId} ${itemKey(own)}`;
      // A row that is recycled for an item that was seen already shows no longer the one before.
      const watch = {
        key,
        onRendered: () => advance(own, "rendered", element),
        onSeen: () => see(own),
        onEmpty: () => tell(own),
      };
      return engine?.watch(element, isSeen ? undefined : watch) ?? nothing;
    }

    function outcome(type: EventName, details: OutcomeDetails): void {
      const { itemId, position } = details;
      const keys = [...state.placements].map((placement) => itemKey({ itemId, placement }));
      const known = keys.map((key) => state.items.get(key)).find((item) => item && item.position === (position ?? item.position));
      const item = known ?? (position === undefined ? undefined : { itemId, position });
      if (type === "click" && item && !keys.some((key) => state.exposed.has(key))) expose([item], "click");
      record(type, { ...details, position: item?.position });
      if (item) advance(item, "acted");
    }

    return {
      get id() {
        return state.requestId;
      },
      surface,
      get headers() {
        return { "X-Request-Id": state.requestId, traceparent: state.trace };
      },
      adopt: guard((id) => {
        if (id === state.requestId || !isId(id)) return;
        if (state.isUsed) return report("adopt_refused", "adopt was expected before the first event");
        const known = find(surface, id);
        if (known.isMuted) return;
        states.delete(state.requestId);
        // A cached answer comes with an id that this page has used before: what was exposed under it stays exposed.
        states.set(id, Object.assign(state, known, { items: state.items }));
      }),
      decision: guard((items) => recordItems("decision", items)),
      observe: guard(observe, nothing),
      exposed: guard((items) => expose(items, "vouched")),
      outcome: guard(outcome),
      items: () => [...state.items.values()],
      toJSON: () => ({
        id: state.requestId,
        surface,
        exposed: [...state.exposed],
        // A server's may end up in a cache, and so with many users; what a page writes stays with its user.
        ...(globalThis.document ? {} : { at: state.at }),
      }),
    };
  }

  /** One new request for each old id: what is rendered twice resumes twice. */
  function renew(surface: string, id: string): SightlineRequest {
    let own = renewed.get(id);
    if (!own) {
      renewed.set(id, (own = nanoid()));
      report(
        "stale_request",
        `request ${id} was made by a server long before this page was loaded, as for a cache: it has a new id`,
      );
    }
    return open({ surface, id: own });
  }

  function open(options: RequestOptions): SightlineRequest {
    const { surface = "", requestId, id = requestId, exposed, at = Infinity } = Object(options) as RequestOptions;
    if (id !== undefined && performance.timeOrigin - at > FRESH_MS) return renew(surface, id);
    const state = find(surface, id !== undefined && isId(id) ? id : nanoid());
    state.at = Math.min(state.at, at);
    attempt(() =>
      exposed?.forEach((key) => {
        state.exposed.add(key);
        state.placements.add(JSON.parse(key)[0]);
      }),
    );
    return createRequest(state);
  }

  return open;
}
