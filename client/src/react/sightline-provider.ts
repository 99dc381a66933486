import { createElement, useMemo, type ReactNode } from "react";
import { ScopeContext, scopeOf } from "./scope.ts";
import type { Tracker } from "../tracker/tracker.ts";

/** What {@link SightlineProvider} takes. */
export interface SightlineProviderProps {
  /** The tracker, made once and outside of any component. */
  tracker: Tracker;
  children?: ReactNode;
}

/** Gives a tracker to the hooks of the components below. */
export function SightlineProvider({ tracker, children }: SightlineProviderProps): ReactNode {
  const scope = useMemo(() => scopeOf(tracker), [tracker]);
  return createElement(ScopeContext.Provider, { value: scope }, children);
}
