import type { QueueBounds } from "../delivery/queue-bounds.ts";
import type { TrackerError } from "../errors/errors.ts";
import type { Viewability } from "../exposure/viewability.ts";
import type { DebugNote } from "./items.ts";
import type { WireContext, WireEvent } from "../wire/index.ts";

/** Who events are about, pseudonymously: for example `{ type: "user", id: "u_1" }`. */
export interface Unit {
  type: string;
  id: string;
}

/** An experiment in force, by UUIDs. */
export interface Experiment {
  experimentId: string;
  variantId: string;
}

/** May events be recorded? `pending` keeps them in memory until that is known; with `denied` there are none. */
export type Consent = "granted" | "denied" | "pending";

/** Settings of {@link createTracker}. */
export interface TrackerOptions {
  /** Where the collector is: an http(s) address, or a path of this site's own. Events go to `${endpoint}/v1/events`; an endpoint that ends so is used as it is. */
  endpoint: string;
  /** The public write key of this site. */
  writeKey: string;
  /** Who the events are about. @default `{ type: "device", id }` with an anonymous id that is made here and kept in localStorage, with consent */
  unit?: Unit | undefined;
  /** Facts about the circumstances, sent with every event; names as on the wire, for example `policy_version_id`. @default none */
  context?: WireContext | undefined;
  /** Experiments in force, by their UUIDs. @default none */
  experiments?: readonly Experiment[] | undefined;
  /** Whether events may be recorded; changed by `tracker.consent`. @default "granted" */
  consent?: Consent | undefined;
  /** Takes Global Privacy Control (https://www.w3.org/TR/gpc/) for a denial that nothing overrules. @default true */
  respectGpc?: boolean | undefined;
  /** Milliseconds that an event waits for company before it is sent, at most; an outcome is sent at once, or half a second after the request before, and takes along what waits. @default 10000 */
  flushInterval?: number | undefined;
  /** Events that do not wait any longer; of a backlog a request takes what fits 64 kB. 1 to 500. @default 100 */
  batchSize?: number | undefined;
  /** Bounds of the queue. */
  maxQueue?: Partial<QueueBounds> | undefined;
  /** When an item counts as seen: the MRC/IAB display rule unless told otherwise. */
  viewability?: Partial<Viewability> | undefined;
  /** By event type the share that is kept, from 0 to 1; sent as `sample_rate`. Of one request all events of one rate are kept, or none. @default 1 for all */
  sampleRate?: Record<string, number> | undefined;
  /** Called with each event, and with what is common to all (unit, context, experiments), as on the wire, before anything is stored; what it returns is kept instead. null drops an event, and every event where it is returned for what is common. @default nothing is scrubbed */
  scrub?: ((event: Partial<WireEvent>) => Partial<WireEvent> | null) | undefined;
  /** Notes on events and on the states of items: true for `console.debug`, or a function that gets them. @default false */
  debug?: boolean | ((note: DebugNote) => void) | undefined;
  /** Told of what went wrong: refused events, a wrong call, blocked storage. What it throws is swallowed. @default `console.warn`, once for each kind */
  onError?: ((error: TrackerError) => void) | undefined;
}
