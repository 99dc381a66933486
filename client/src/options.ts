import type { TrackerError } from "./errors.ts";
import type { WireContext } from "./wire.ts";

/** When an item counts as seen. */
export interface Viewability {
  /** Share of the item's pixels that must be in the viewport, above 0 and at most 1. @default 0.5 */
  threshold: number;
  /** For how long without a break, in milliseconds. @default 1000 */
  ms: number;
  /** Area from which an item is large, in square CSS pixels. @default 242500 */
  largeArea: number;
  /** Share that suffices for a large item, above 0 and at most 1. @default 0.3 */
  largeThreshold: number;
}

/** Bounds of the queue in the browser, which all tabs of an origin share. */
export interface QueueBounds {
  /** Events at most; the oldest goes when it is full, and is counted as dropped (`queue_full`). @default 5000 */
  events: number;
  /** Milliseconds that an event may wait for its verdict; after that it is counted as dropped (`unknown`). @default 604800000, 7 days */
  age: number;
}

/** Settings of {@link createTracker}. */
export interface TrackerOptions {
  /** Where the collector is: an http(s) address, or a path of this site's own. Events go to `${endpoint}/v1/events`. */
  endpoint: string;
  /** The public write key of this site. */
  writeKey: string;
  /** Who the events are about, pseudonymously: for example `{ type: "user", id: "u_1" }`. */
  unit: { type: string; id: string };
  /** Facts about the circumstances, sent with every event; names as on the wire, for example `policy_version_id`. @default none */
  context?: WireContext | undefined;
  /** Experiments in force, by their UUIDs. @default none */
  experiments?: readonly { experimentId: string; variantId: string }[] | undefined;
  /** Milliseconds that an event waits for company before it is sent. @default 2000 */
  flushInterval?: number | undefined;
  /** Events that are sent at once, and at most in one request; 1 to 500. @default 50 */
  batchSize?: number | undefined;
  /** When an item counts as seen: the MRC/IAB display rule unless told otherwise. */
  viewability?: Partial<Viewability> | undefined;
  /** Bounds of the queue. */
  maxQueue?: Partial<QueueBounds> | undefined;
  /** Told of what went wrong: refused events, a wrong call, blocked storage. What it throws is swallowed. @default nobody is told */
  onError?: ((error: TrackerError) => void) | undefined;
}

/** What holds where an option is not given. */
export const TRACKER_DEFAULTS = Object.freeze({
  flushInterval: 2_000,
  batchSize: 50,
  viewability: Object.freeze<Viewability>({ threshold: 0.5, ms: 1_000, largeArea: 242_500, largeThreshold: 0.3 }),
  maxQueue: Object.freeze<QueueBounds>({ events: 5_000, age: 604_800_000 }),
});

/** Options with the defaults filled in. */
export interface Settings extends TrackerOptions {
  flushInterval: number;
  batchSize: number;
  viewability: Viewability;
  maxQueue: QueueBounds;
}

/** Fills in the defaults, and lists what is wrong with the options: for each what was expected and what was got. */
export function readOptions(options: TrackerOptions): { settings: Settings; problems: string[] } {
  const given = Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined)) as Partial<Settings>;
  const settings = {
    ...TRACKER_DEFAULTS,
    ...given,
    viewability: { ...TRACKER_DEFAULTS.viewability, ...given.viewability },
    maxQueue: { ...TRACKER_DEFAULTS.maxQueue, ...given.maxQueue },
  } as Settings;
  return { settings, problems: findProblems(settings) };
}

function findProblems({ endpoint, writeKey, unit, viewability, maxQueue, ...rest }: Settings): string[] {
  const problems: string[] = [];
  const expect = (ok: boolean, name: string, expected: string, got: unknown): void => {
    if (!ok) problems.push(`${name}: ${expected} was expected, got ${JSON.stringify(got)}`);
  };
  expect(isText(endpoint) && /^(https?:\/\/|\/)/.test(endpoint), "endpoint", "an http(s) address or a path from /", endpoint);
  expect(isText(writeKey), "writeKey", "a key", writeKey);
  expect(isText(unit?.type) && isText(unit.id), "unit", "{ type, id } of two strings", unit);
  expect(isAbove0(rest.flushInterval), "flushInterval", "a number of milliseconds above 0", rest.flushInterval);
  expect(isWhole(rest.batchSize, 500), "batchSize", "a whole number from 1 to 500", rest.batchSize);
  expect(isShare(viewability.threshold), "viewability.threshold", "a number above 0, at most 1", viewability.threshold);
  expect(
    isShare(viewability.largeThreshold),
    "viewability.largeThreshold",
    "a number above 0, at most 1",
    viewability.largeThreshold,
  );
  expect(isAbove0(viewability.largeArea), "viewability.largeArea", "a number of square pixels above 0", viewability.largeArea);
  expect(isAbove0(viewability.ms), "viewability.ms", "a number of milliseconds above 0", viewability.ms);
  expect(isWhole(maxQueue.events, 1e6), "maxQueue.events", "a whole number from 1 to 1000000", maxQueue.events);
  expect(isAbove0(maxQueue.age), "maxQueue.age", "a number of milliseconds above 0", maxQueue.age);
  const { experiments = [] } = rest;
  expect(Array.isArray(experiments), "experiments", "a list of { experimentId, variantId }", experiments);
  return problems;
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const isWhole = (value: number, most: number): boolean => Number.isInteger(value) && value >= 1 && value <= most;
const isAbove0 = (value: number): boolean => Number.isFinite(value) && value > 0;
const isShare = (value: number): boolean => isAbove0(value) && value <= 1;
