import { expect, test } from "vitest";
import { observeDom } from "../../../client/src/dom/index.ts";
import { createTracker } from "../../../client/src/index.ts";

test("on a server nothing is observed and nothing thrown", () => {
  const tracker = createTracker({ endpoint: "/", writeKey: "wk_demo", unit: { type: "user", id: "u_1" } });
  expect(observeDom(tracker)()).toBeUndefined();
});
