/** What the pages of these tests have in their global scope. */
import { createOverlay, type Overlay } from "../../../client/src/debug/index.ts";
import { createTracker, type DebugNote, type TrackerOptions } from "../../../client/src/index.ts";

declare global {
  var overlay: Overlay;
  /** What the overlay was told, without elements. */
  var notes: DebugNote[];
  var openOverlay: typeof createOverlay;
  /** Where an element is in the viewport, to the pixel. */
  var placeOf: (element: Element) => string;
  /** The line and the colour of its border. */
  var lookOf: (element: Element) => string;
  /** Makes the overlay, and a tracker that tells it everything. */
  var start: (options?: Partial<TrackerOptions>) => void;
}

globalThis.openOverlay = createOverlay;
globalThis.placeOf = (element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  return [x, y, width, height].map(Math.round).join();
};
globalThis.lookOf = (element) => {
  const { borderTopStyle, borderTopColor } = getComputedStyle(element);
  return `${borderTopStyle} ${borderTopColor}`;
};
globalThis.start = (options) => {
  globalThis.overlay = createOverlay();
  globalThis.notes = [];
  globalThis.tracker = createTracker({
    endpoint: "/",
    writeKey: "wk_demo",
    debug(note) {
      notes.push("event" in note ? note : { ...note, element: undefined });
      overlay(note);
    },
    ...options,
  });
  globalThis.request = tracker.request({ surface: "home.top_picks", requestId: "V1StGXR8_Z5jdHi6B" });
};
