/** The latest version of the wire format. A batch says its own in `v`: 2 where it has `parts`, else 1. */
export const WIRE_VERSION = 2;

/** {@link WIRE_LIMITS}.events: by itself, so that a page does not load the other limits. */
export const EVENTS = 500;

/** {@link WIRE_LIMITS}.items. */
export const ITEMS = 100;

/** {@link WIRE_LIMITS}.bodyBytes. */
export const BODY_BYTES = 1_048_576;

/** {@link WIRE_LIMITS}.eventBytes. */
export const EVENT_BYTES = 32_768;

/** Limits of the wire. Bytes are counted in UTF-8. */
export const WIRE_LIMITS = /* @__PURE__ */ Object.freeze({
  /** Events in one batch. */
  events: EVENTS,
  /** Bytes of a request body, after gunzip, and again after `common` was merged into each event. */
  bodyBytes: BODY_BYTES,
  /** Bytes of one event, with `common` merged. */
  eventBytes: EVENT_BYTES,
  /** Items in one `items` list. */
  items: ITEMS,
  /** The highest `position`: what an INTEGER column of 32 bits holds, as the stores have one. */
  position: 2_147_483_647,
  /** Characters of `unit_id`, `item_id` and `placement`. */
  nameLength: 256,
  /** Nesting of objects and lists within `context`, `metrics` and `payload`. */
  depth: 8,
  /** Keys of `context`, `metrics` and `payload`, each counted with everything inside it. */
  keys: 256,
  /** Bytes of one string within `context`, `metrics` and `payload`. */
  stringBytes: 4_096,
});
