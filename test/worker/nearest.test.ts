import { expect, test } from "vitest";
import { checkByRules } from "../../worker/src/check/check-by-rules.ts";
import { registry } from "../../worker/src/events/registry.ts";
import { nearest } from "../../worker/src/lib/nearest.ts";

test.for([
  ["clik", "click"],
  ["Click", "click"],
  ["add-to-cart", "add_to_cart"],
  ["addtocart", "add_to_cart"],
  ["purchased", "purchase"],
  ["exposures", "exposure"],
  ["page_view", undefined],
  ["x", undefined],
  ["", undefined],
  ["c".repeat(1_000_000), undefined],
] as const)("an unknown type %s is told where the types are, and the nearest: %s", ([sent, meant]) => {
  const name = sent.slice(0, 20_000);
  const checked = checkByRules({ event_type: name }, {});
  expect(nearest(sent, registry.keys())).toBe(meant);
  expect(checked).toMatchObject({
    fault: {
      code: "unknown_event_type",
      message: `event_type is not a registered type: GET /v1/schemas lists them${meant ? `; the nearest is ${meant}` : ""}`,
    },
  });
});
