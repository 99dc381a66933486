import { QUEUE_BOUNDS, type QueueBounds } from "../delivery/queue-bounds.ts";
import { VIEWABILITY, type Viewability } from "../exposure/viewability.ts";
import { TIMER_MAX, type NumberOption } from "../lib/number-option.ts";
import { textOf } from "../lib/text-of.ts";
import { EVENTS } from "../wire/index.ts";
import type { Consent, TrackerOptions, Unit } from "./options.ts";

/** What has a default. */
interface Defaults {
  consent: Consent;
  respectGpc: boolean;
  flushInterval: number;
  batchSize: number;
  maxQueue: QueueBounds;
  viewability: Viewability;
  sampleRate: Record<string, number>;
}

/** Options with the defaults filled in. */
export type Settings = Omit<TrackerOptions, keyof Defaults> & Defaults;

const OPTIONS = {
  consent: "granted",
  respectGpc: true,
  flushInterval: [10_000, "ms", 0, TIMER_MAX],
  batchSize: [100, "events", 1, EVENTS],
  maxQueue: QUEUE_BOUNDS,
  viewability: VIEWABILITY,
  sampleRate: {},
};

/** A share of events that is kept. */
const RATE: NumberOption = [1, "", 0, 1];

/** Told of each option whether it is right. */
type Expect = (isRight: unknown, name: string, expected: string, got: unknown) => void;

/** What holds where an option is not given. */
export const TRACKER_DEFAULTS = /* @__PURE__ */ read(OPTIONS, {}, "", () => {}) as Defaults;

/** Fills in the defaults. Throws a TypeError that says of each wrong option what was expected and what was got. */
export function readOptions(options: TrackerOptions): Settings {
  const problems: string[] = [];
  const expect: Expect = (isRight, name, expected, got) => {
    if (!isRight) problems.push(`${name}: expected ${expected}, got ${JSON.stringify(got)}`);
  };

  const settings = read(OPTIONS, options, "", expect) as Settings;
  const { endpoint, writeKey, unit, experiments, consent, sampleRate } = settings;
  expect(/^(https?:\/)?\//.test(endpoint), "endpoint", "an http(s) address or a path from /", endpoint);
  expect(writeKey && typeof writeKey === "string", "writeKey", "a key", writeKey);
  const texts = unit && readUnit(unit);
  expect(!unit || texts, "unit", UNIT, unit);
  settings.unit = texts;
  expect(!experiments || Array.isArray(experiments), "experiments", "a list", experiments);
  expect(/^(granted|denied|pending)$/.test(consent), "consent", "granted, denied or pending", consent);
  for (const type in sampleRate) read(RATE, sampleRate[type], `sampleRate.${type}`, expect);
  if (problems.length > 0) throw new TypeError(problems.join("; "));
  return settings;
}

/** The given value of what is declared, or its default; undefined is not given. A number is one within its bounds, a group has all its members. */
function read(declared: unknown, given: unknown, path: string, expect: Expect): unknown {
  if (typeof declared !== "object") return given === undefined ? declared : given;
  if (Array.isArray(declared)) {
    const [usual, unit, min, max] = declared as unknown as NumberOption;
    const value = read(usual, given, path, expect);
    const isRight = typeof value === "number" && value >= min && value <= max;
    expect(isRight, path, `a number${unit && ` of ${unit}`} from ${min} to ${max}`, value);
    return value;
  }
  const members = declared as Record<string, unknown>;
  const merged: Record<string, unknown> = { ...members, ...(given as object) };
  for (const name in merged) merged[name] = read(members[name], Object(given)[name], path ? `${path}.${name}` : name, expect);
  return merged;
}

/** What an id is, in words. */
export const ID_TEXT = 'a text, not "undefined" or the like, without blanks at its ends and control characters';

/** What `unit` takes, in words. */
export const UNIT = `{ type, id }, each ${ID_TEXT}`;

/** The unit in texts: a number's text is its id. Undefined where one is none. */
export function readUnit(unit: Unit): Unit | undefined {
  const type = textOf(unit.type);
  const id = textOf(unit.id);
  return type && id ? { type, id } : undefined;
}
