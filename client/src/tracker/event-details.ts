/** What an event of each type takes. */
import type { Json, OutcomeType, WireContext, WireMetrics } from "../wire/index.ts";

/**
 * A project's own types of events by their names, each with the fields that it requires or narrows. It is empty: a project that registers types
 * with the collector declares them here once, and `outcome` and `track` take them. It costs nothing at runtime.
 *
 * ```ts
 * declare module "@sightline/client" {
 *   interface ProjectEvents {
 *     recipe_saved: { payload: { recipe_id: string } };
 *   }
 * }
 * ```
 */
export interface ProjectEvents {}

/** A type of event that is registered: one of the outcomes, or of the project's own. */
export type EventName = OutcomeType | (keyof ProjectEvents & string);

/** The details of a type: as every type has them, and as the project has declared its own. */
export type DetailsOf<Type extends EventName, Details> = Type extends keyof ProjectEvents
  ? Omit<Details, keyof ProjectEvents[Type]> & ProjectEvents[Type]
  : Details;

/** What a user did with an item. */
export interface OutcomeDetails {
  /** The item that it is about. */
  itemId: string;
  /** Its position. @default that under which it was observed or exposed */
  position?: number | undefined;
  /** Numbers of it, for example `{ revenue: 12.5 }`. @default none */
  metrics?: WireMetrics | undefined;
  /** Anything else. @default none */
  payload?: { [key: string]: Json } | undefined;
}

/** What any event takes, apart from its type: everything is optional here, and each type has its own rules. */
export type EventDetails = Partial<OutcomeDetails> & {
  context?: WireContext | undefined;
};

/** Details may be left out where nothing in them is required. */
export type TrackArguments<Details> = {} extends Details ? [details?: Details] : [details: Details];
