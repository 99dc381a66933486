/**
 * The browser SDK: exposures of what users saw, and outcomes that join to them. Importing it does nothing, on a page or on a server.
 */
export { createTracker, type Tracker } from "./tracker.ts";
export { TRACKER_DEFAULTS, type QueueBounds, type TrackerOptions, type Viewability } from "./options.ts";
export type { TrackerError, TrackerErrorCode } from "./errors.ts";
export type { Item } from "./items.ts";
export type { OutcomeDetails, RequestJson, SightlineRequest } from "./request.ts";
export type { DropCause, TrackerStats } from "./stats.ts";
