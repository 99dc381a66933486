import type { Tracker } from "../tracker/tracker.ts";
import { useScope } from "./use-scope.ts";

/** The tracker of the nearest `SightlineProvider`; without one, a tracker that does nothing. */
export const useTracker = (): Tracker => useScope().tracker;
