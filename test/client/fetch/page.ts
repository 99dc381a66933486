/** What the pages of these tests have in their global scope. */
import { trackedFetch } from "../../../client/src/fetch/index.ts";
import { createTracker } from "../../../client/src/index.ts";

declare global {
  var fetchTracked: typeof trackedFetch;
}

globalThis.createTracker = createTracker;
globalThis.fetchTracked = trackedFetch;
