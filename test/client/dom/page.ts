/** What the pages of these tests have in their global scope, beside the SDK itself. */
import { observeDom } from "../../../client/src/dom/index.ts";

declare global {
  var observe: typeof observeDom;
  /** Ends what the test has observed. */
  var unobserve: () => void;
}

globalThis.observe = observeDom;
