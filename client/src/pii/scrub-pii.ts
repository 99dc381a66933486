import type { WireEvent } from "../wire/index.ts";
import { createKeyRule, DENIED_IN_URLS } from "./create-key-rule.ts";
import { createTextScrubber } from "./create-text-scrubber.ts";
import { REDACTED } from "./hide-parameters.ts";
import { isCardNumber } from "./find-cards.ts";
import { isPersonal } from "./find-personal.ts";

/** Settings of {@link scrubPii}. */
export interface ScrubOptions {
  /** Further names of fields whose values are redacted: `loyalty_number` is also `loyaltyNumber` and `my-loyalty-number`. @default none */
  keys?: readonly string[] | undefined;
  /** What else is redacted within texts. Each has to be fast on any text. @default none */
  patterns?: readonly RegExp[] | undefined;
  /** Names that redact nothing, for example `next_page_token`: such a field is left as it is, with all that is in it. @default none */
  allow?: readonly string[] | undefined;
  /** Also looks into `item_id`, of the event and of its items: for catalogues whose ids are not known to be harmless. @default false */
  itemIds?: boolean | undefined;
}

/** Returns a copy of the event without personal data; null where it must not be sent at all. */
export type Scrub = (event: Partial<WireEvent>) => Partial<WireEvent> | null;

/** The wire's own names: versions, of which four numbers with dots are no address. */
const VERSIONS = ["policy_version_id", "app_version"];

/** A part of an event that is scrubbed, as JSON would write it. */
type Look = (value: unknown, within: readonly object[]) => unknown;

/**
 * Makes a function for the tracker's `scrub`. Deep in `context`, `metrics` and `payload` it puts `[email]`, `[phone]`, `[card]`, `[iban]`, `[jwt]` or
 * `[ip]` in the place of what has such a form, keys included, and `[redacted]` in the place of the value of a field, or of a URL parameter, whose name says
 * that it is personal or secret. Among `metrics`, which are numbers, such a field is left out. `true`, `false` and null are left alone.
 *
 * Ids are not changed: an event whose unit was replaced by a mark would be about nobody, or about everybody. So where `unit_id` or `unit_type` holds
 * one of these but an IP address, it returns null: the collector would refuse it (`pii_detected`), and until then it would be stored. The events of
 * such a unit are dropped, and counted as `scrubbed`: give `unit` a pseudonymous id.
 *
 * It changes nothing that it is given, and throws only as JSON does, for an object that holds itself: such an event is dropped as
 * `unserialisable`.
 */
export function scrubPii({ keys = [], patterns = [], allow = [], itemIds = false }: ScrubOptions = {}): Scrub {
  const allowed = [...VERSIONS, ...allow];
  const ruleOf = createKeyRule(keys, allowed);
  const scrubText = createTextScrubber(patterns, createKeyRule([...keys, ...DENIED_IN_URLS], allowed));

  const look: Look = (value, within) => {
    if (typeof value === "string") return scrubText(value);
    if (typeof value === "number") return isCardNumber(value) ? "[card]" : value;
    if (typeof value !== "object" || value === null) return value;
    if (within.includes(value)) throw new TypeError("expected a value without cycles");
    const inner = [...within, value];
    if (Array.isArray(value)) return value.map((item, at) => look(plain(item, `${at}`), inner));
    const taken = new Set(Object.keys(value));
    return Object.fromEntries(
      Object.entries(value).map(([key, raw]) => [unusedName(key, scrubText(key), taken), lookAt(key, plain(raw, key), inner)]),
    );
  };

  function lookAt(key: string, value: unknown, within: readonly object[]): unknown {
    const rule = ruleOf(key);
    if (rule === "keep" || value === null || typeof value === "boolean" || value === "") return value;
    return rule === "redact" && value !== undefined ? REDACTED : look(value, within);
  }

  return function scrub(event) {
    const { unit_id, unit_type, context, metrics, payload, item_id, items } = event;
    if ([unit_id, unit_type].some((id) => typeof id === "string" && isPersonal(id))) return null;
    return {
      ...event,
      ...(context && { context: look(context, []) as typeof context }),
      ...(metrics && { metrics: numbers(look(metrics, [])) }),
      ...(payload && { payload: look(payload, []) as typeof payload }),
      ...(itemIds && item_id && { item_id: scrubText(item_id) }),
      ...(itemIds && items && { items: items.map((item) => ({ ...item, item_id: scrubText(item.item_id) })) }),
    };
  };
}

/** Two addresses are still two names: what stands for a name is numbered where it stands for another already. */
function unusedName(name: string, scrubbed: string, taken: Set<string>): string {
  if (scrubbed === name) return name;
  let unused = scrubbed;
  for (let count = 2; taken.has(unused); count++) unused = `${scrubbed} ${count}`;
  taken.add(unused);
  return unused;
}

/** The value that JSON would write: of a Date its text, of a URL too. */
function plain(value: unknown, key: string): unknown {
  const { toJSON } = (value ?? {}) as { toJSON?: unknown };
  return typeof toJSON === "function" ? toJSON.call(value, key) : value;
}

/** Without what was redacted: the wire takes numbers alone there. What was no number before is left to the collector's verdict. */
function numbers(metrics: unknown): NonNullable<WireEvent["metrics"]> {
  const kept = Object.entries(metrics as object).filter(([, value]) => value !== REDACTED && value !== "[card]");
  return Object.fromEntries(kept);
}
