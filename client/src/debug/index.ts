/**
 * An overlay for developers: `createTracker({ …, debug: createOverlay() })`. It outlines what is observed, by state, and lists the last events.
 *
 * Load it only where you debug, by a dynamic import: it is not made to be small.
 */
export { createOverlay, type Overlay, type OverlayOptions } from "./create-overlay.ts";
