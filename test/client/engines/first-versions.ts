/** The first versions of browsers that have what a promise needs, after MDN's browser-compat-data of August 2026. */

/** By browser; Edge is as Chrome. */
export interface FirstVersions {
  chrome: string;
  firefox: string;
  safari: string;
  /** Safari on iOS and iPadOS. */
  ios: string;
}

/** The syntax of the SDK, IntersectionObserver and AbortController: `test/client/package/browsers.test.ts` builds for these. */
export const RUNS: FirstVersions = { chrome: "91", firefox: "79", safari: "14.1", ios: "14.5" };

/** `keepalive` of a fetch: Chrome 66, Firefox 133, Safari 13. Without it what a page posts as it goes may end with it, and goes with the next visit. */
export const OUTLIVES: FirstVersions = { ...RUNS, firefox: "133" };

/** An IndexedDB that opens: in some releases of Safari 14 the first `open()` never settles, and the queue is in memory. */
export const KEEPS: FirstVersions = { ...RUNS, safari: "15", ios: "15" };
