import { hash } from "./hash.ts";

/**
 * True for an event that is kept at this rate. The same id always has the same result, so that of a request either all events of one
 * rate are kept or none, and they still join.
 */
export const isKept = (id: string, rate: number): boolean => hash(id) / 2 ** 32 < rate;
