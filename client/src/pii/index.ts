/**
 * Takes personal data out of events before anything is stored: `createTracker({ …, scrub: scrubPii() })`.
 *
 * It knows forms and names of fields, not meanings: a name in free text stays. What the collector refuses in `unit_id`, this drops.
 */
export { scrubPii, type Scrub, type ScrubOptions } from "./scrub-pii.ts";
