/**
 * The browser SDK: exposures of what users saw, and outcomes that join to them. Importing it does nothing, on a page or on a server.
 */
export type { QueueBounds } from "./delivery/queue-bounds.ts";
export type { DropCause, TrackerStats } from "./delivery/stats.ts";
export type { TrackerError, TrackerErrorCode } from "./errors/errors.ts";
export type { Viewability } from "./exposure/viewability.ts";
export type { Attribution } from "./tracker/attribution.ts";
export type { DetailsOf, EventName, OutcomeDetails, ProjectEvents, TrackArguments } from "./tracker/event-details.ts";
export type { DebugNote, Item, ItemState } from "./tracker/items.ts";
export type { Consent, Experiment, TrackerOptions, Unit } from "./tracker/options.ts";
export { TRACKER_DEFAULTS } from "./tracker/read-options.ts";
export type { RequestJson, SightlineRequest, TrackDetails } from "./tracker/request.ts";
export { createTracker, type Tracker } from "./tracker/tracker.ts";
export type { OutcomeType, WireContext, WireEvent } from "./wire/index.ts";
