/** What both ways of checking an event share of taking personal data out of what is the caller's own: see without-personal.ts. */
import { hidePersonal, isCardNumber, KINDS, nameClass, type Kind } from "@sightline/client/pii";
import type { KeyPolicy } from "../keys/policy.ts";

/** What a write key says of personal data. */
export type PersonalRules = Pick<KeyPolicy, "pii" | "strict_pii">;

/** What stands in the place of what was taken out. */
export const REDACTED = "[redacted]";

/** What a field may hold whatever its name: whether there is one, and what the SDK's scrubber leaves, `[redacted]` and the like. */
const SAFE = /^(true|false|\[\w+\]|)$/;

/** The text without what the key may not send; itself where there is nothing of that. */
export function redactText(text: string, { pii }: PersonalRules): string {
  return hidePersonal(text, (kind: Kind) => (pii?.includes(KINDS[kind]) ? undefined : REDACTED));
}

/** True for a number that the key may not send. */
export function isHiddenNumber(value: number, { pii }: PersonalRules): boolean {
  return isCardNumber(value) && !pii?.includes(KINDS.card);
}

/** The class of a value that is not to be sent because of its field's name. */
export function classByName(name: string, value: unknown, { pii }: PersonalRules): "personal" | "sensitive" | undefined {
  const found = nameClass(name);
  if (found === undefined || value === null || pii?.includes(found)) return undefined;
  return typeof value !== "object" && SAFE.test(String(value)) ? undefined : found;
}

/**
 * As which name each of these was sent, by what it becomes; undefined where none is personal. Two addresses are still two names, and which is
 * which does not depend on the order that they were sent in.
 */
export function redactNames(sorted: readonly string[], rules: PersonalRules): ReadonlyMap<string, string> | undefined {
  if (rules === last.rules && areSame(sorted, last.sorted)) return last.sent;
  const first = sorted.findIndex((name) => redactText(name, rules) !== name);
  if (first < 0) return undefined;
  const sent = new Map<string, string>();
  // No other name can be one that was redacted.
  const taken = new Set(sorted.filter((name) => name.includes(REDACTED)));
  let count = 1;
  for (let i = 0; i < sorted.length; i++) {
    const name = sorted[i] as string;
    const redacted = i < first ? name : redactText(name, rules);
    let free = redacted;
    if (redacted !== name) while (sent.has(free) || taken.has(free)) free = `${redacted} ${++count}`;
    sent.set(free, name);
  }
  last = { rules, sorted, sent };
  return sent;
}

/** What became of the last names of which some are personal: events of one page have the same. */
let last: { rules?: PersonalRules; sorted: readonly string[]; sent?: ReadonlyMap<string, string> } = { sorted: [] };

function areSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, i) => one === others[i]);
}
