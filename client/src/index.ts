/**
 * The browser SDK: exposures of what users saw, and outcomes that join to them. Importing it does nothing, on a page or on a server.
 */
export { createTracker, type TrackArguments, type TrackDetails, type Tracker } from "./tracker.ts";
export {
  TRACKER_DEFAULTS,
  type Consent,
  type Experiment,
  type QueueBounds,
  type TrackerOptions,
  type Unit,
  type Viewability,
} from "./options.ts";
export type { Attribution } from "./attribution.ts";
export type { TrackerError, TrackerErrorCode } from "./errors.ts";
export type { DebugNote, Item, ItemState } from "./items.ts";
export type { DetailsOf, EventName, OutcomeDetails, ProjectEvents, RequestJson, SightlineRequest } from "./request.ts";
export type { DropCause, TrackerStats } from "./stats.ts";
export type { OutcomeType, WireContext, WireEvent } from "./wire.ts";
