import { useContext } from "react";
import { ScopeContext, scopeOf, type Scope } from "./scope.ts";
import { createTracker, type Tracker } from "../tracker/tracker.ts";

let idle: Tracker | undefined;

/** The scope of the nearest provider. Without one it says so on the console, and the tracker does nothing: the SDK never throws. */
export function useScope(): Scope {
  return useContext(ScopeContext) ?? scopeOf((idle ??= createIdle()));
}

function createIdle(): Tracker {
  console.error("[sightline] expected a SightlineProvider above this component");
  return createTracker({ endpoint: "", writeKey: "" });
}
