/** What the pages of these tests have in their global scope, beside the SDK itself. */
import { scrubPii } from "../../../client/src/pii/index.ts";

declare global {
  var scrubOf: typeof scrubPii;
}

globalThis.scrubOf = scrubPii;
