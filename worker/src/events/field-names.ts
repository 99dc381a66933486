/** Fields of an event that are treated alike by all that walk over one. */

/** Fields whose content is the caller's own, and so bounded by the wire's limits: a name in them is not the wire's. */
export const FREE_FIELDS: ReadonlySet<PropertyKey | undefined> = new Set(["context", "metrics", "payload"]);

/** Fields that a batch's `common` may carry. */
export const COMMON_FIELDS: ReadonlySet<string> = new Set(["context", "experiments", "unit_id", "unit_type"]);

/** Keys that no object may have, at whatever depth: they reach the prototype of whoever copies it. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
