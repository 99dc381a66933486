/**
 * Takes personal data out of events before anything is stored: `createTracker({ …, scrub: scrubPii() })`.
 *
 * It knows forms and names of fields, not meanings: a name in free text stays. What the collector refuses in `unit_id`, this drops. The
 * collector has its matcher from here.
 */
export { isCardNumber } from "./find-cards.ts";
export { findPersonal, hidePersonal, isPersonal, type Span } from "./find-personal.ts";
export { KINDS, type Kind } from "./kinds.ts";
export { nameClass, type NameRule, type ValueClass } from "./name-class.ts";
export { scrubPii, type Scrub, type ScrubOptions } from "./scrub-pii.ts";
