import { createContext } from "react";
import type { SightlineRequest } from "../tracker/request.ts";
import type { Tracker } from "../tracker/tracker.ts";

/** What a provider gives to the hooks below it. */
export interface Scope {
  tracker: Tracker;
  /**
   * Requests that were rendered and not committed yet, by what they were asked for. React throws the state of such a component away, when
   * it or a neighbour suspends or the render is interrupted, and renders it again: then it finds its request here.
   */
  pending: Map<string, SightlineRequest>;
}

const scopes = new WeakMap<Tracker, Scope>();

/** The provider's way to the hooks. */
export const ScopeContext = /* @__PURE__ */ createContext<Scope | undefined>(undefined);

/**
 * The scope of a tracker. In a page there is one, which outlives a provider that is itself rendered again. On a server, where one tracker
 * serves all users and nothing is ever committed, each call makes a new one: no two users get the same id.
 */
export function scopeOf(tracker: Tracker): Scope {
  const known = scopes.get(tracker);
  if (known) return known;
  const scope = { tracker, pending: new Map<string, SightlineRequest>() };
  if (typeof document !== "undefined") scopes.set(tracker, scope);
  return scope;
}
