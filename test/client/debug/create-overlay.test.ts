import { expect, test } from "vitest";
import { createOverlay } from "../../../client/src/debug/index.ts";

test("on a server an overlay does nothing", () => {
  const overlay = createOverlay();
  expect(overlay({ event: { event_type: "click" } })).toBeUndefined();
  expect(overlay.close()).toBeUndefined();
});
