import type { Guard } from "../errors/guard.ts";
import { ITEMS, type Basis } from "../wire/index.ts";
import type { Engine } from "./engine.ts";
import type { EventName, OutcomeDetails } from "./event-details.ts";
import { itemKey, type DebugNote, type Item, type ItemState } from "./items.ts";
import type { RequestState } from "./request-state.ts";
import type { SightlineRequest } from "./request.ts";

const STATES: readonly (ItemState | undefined)[] = ["requested", "rendered", "seen", "acted"];

const nothing = (): void => {};

/** What a request of a page works with. */
export interface RequestContext {
  engine: Engine | undefined;
  guard: Guard;
  note: (note: DebugNote) => void;
  /** Takes another id. */
  adopt: (state: RequestState, id: string) => void;
  /** An observed item has been in view for long, and shows nothing. */
  onEmpty: (surface: string, item: Item) => void;
}

/** Makes the request of a state: several of one id share it. */
export function createRequest(state: RequestState, { engine, guard, note, adopt, onEmpty }: RequestContext): SightlineRequest {
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
      onEmpty: () => onEmpty(surface, own),
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
    adopt: guard((id) => adopt(state, id)),
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
