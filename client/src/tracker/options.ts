import type { QueueBounds } from "../delivery/queue-bounds.ts";
import type { TrackerError } from "../errors/errors.ts";
import type { Viewability } from "../exposure/viewability.ts";
import type { DebugNote } from "./items.ts";
import { textOf } from "../lib/text-of.ts";
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
  /** Where the collector is: an http(s) address, or a path of this site's own. Events go to `${endpoint}/v1/events`. */
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
  /** Milliseconds that an event waits for company before it is sent. @default 2000 */
  flushInterval?: number | undefined;
  /** Events that do not wait any longer; of a backlog a request takes what fits 64 kB. 1 to 500. @default 50 */
  batchSize?: number | undefined;
  /** Bounds of the queue. */
  maxQueue?: Partial<QueueBounds> | undefined;
  /** When an item counts as seen: the MRC/IAB display rule unless told otherwise. */
  viewability?: Partial<Viewability> | undefined;
  /** By event type the share that is kept, from 0 to 1; sent as `sample_rate`. Of one request all events of one rate are kept, or none. @default 1 for all */
  sampleRate?: Record<string, number> | undefined;
  /** Called with each event, and with what is common to all (unit, context, experiments), as on the wire, before anything is stored; what it answers is kept instead. null drops an event, and every event where it is the answer to what is common. @default nothing is scrubbed */
  scrub?: ((event: Partial<WireEvent>) => Partial<WireEvent> | null) | undefined;
  /** Notes on events and on the states of items: true for `console.debug`, or a function that gets them. @default false */
  debug?: boolean | ((note: DebugNote) => void) | undefined;
  /** Told of what went wrong: refused events, a wrong call, blocked storage. What it throws is swallowed. @default `console.warn`, once for each kind */
  onError?: ((error: TrackerError) => void) | undefined;
}

/** What holds where an option is not given. */
export const TRACKER_DEFAULTS = {
  consent: "granted" as Consent,
  respectGpc: true,
  flushInterval: 2_000,
  batchSize: 50,
  maxQueue: { events: 5_000, bytes: 5_000_000, age: 604_800_000 } as QueueBounds,
  viewability: { threshold: 0.5, ms: 1_000, largeArea: 242_500, largeThreshold: 0.3, trackVisibility: false } as Viewability,
  sampleRate: {} as Record<string, number>,
};

/** Options with the defaults filled in. */
export type Settings = Omit<TrackerOptions, keyof typeof TRACKER_DEFAULTS> & typeof TRACKER_DEFAULTS;

/** Fills in the defaults. Throws a TypeError that says of each wrong option what was expected and what was got. */
export function readOptions(options: TrackerOptions): Settings {
  const problems: string[] = [];
  const expect = (isRight: unknown, name: string, expected: string, got: unknown): void => {
    if (!isRight) problems.push(`${name}: ${expected} was expected, got ${JSON.stringify(got)}`);
  };

  /** The given values over the defaults; undefined is not given. Numbers stay numbers, within their bounds. */
  function merge<T extends object>(defaults: T, given: Partial<T>, path: string): T {
    const merged = { ...defaults };
    for (const name in given) {
      const usual = defaults[name];
      const value = given[name];
      if (value === undefined) continue;
      if (typeof usual === "number") {
        const most = name === "batchSize" ? 500 : /hreshold/.test(name) ? 1 : Infinity;
        expect(typeof value === "number" && value >= 0 && value <= most, path + name, `a number from 0 to ${most}`, value);
      }
      merged[name] = typeof usual === "object" ? merge(usual!, value!, `${name}.`) : value!;
    }
    return merged;
  }

  const settings: Settings = merge(TRACKER_DEFAULTS as Settings, options as Settings, "");
  const { endpoint, writeKey, unit, experiments, consent } = settings;
  expect(/^(https?:\/)?\//.test(endpoint), "endpoint", "an http(s) address or a path from /", endpoint);
  expect(isText(writeKey), "writeKey", "a key", writeKey);
  const texts = unit && readUnit(unit);
  expect(!unit || texts, "unit", UNIT, unit);
  settings.unit = texts;
  expect(!experiments || Array.isArray(experiments), "experiments", "a list", experiments);
  expect(/^(granted|denied|pending)$/.test(consent), "consent", "granted, denied or pending", consent);
  if (problems.length > 0) throw new TypeError(problems.join("; "));
  return settings;
}

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";

/** What an id is, in words. */
export const ID_TEXT = 'a text, not "undefined" or the like, without blanks at its ends and control characters,';

/** What `unit` takes, in words. */
export const UNIT = `{ type, id }, each ${ID_TEXT}`;

/** The unit in texts: a number's text is its id. Undefined where one is none. */
export function readUnit(unit: Unit): Unit | undefined {
  const type = textOf(unit.type);
  const id = textOf(unit.id);
  return type && id ? { type, id } : undefined;
}
