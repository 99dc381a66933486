import { expect, test } from "vitest";
import { retryAfterSeconds } from "../../worker/src/lib/retry-after.ts";

test.for([
  [1, 5],
  [6, 30],
] as const)("callers are spread over whole seconds from %d to %d", ([least, most]) => {
  const waits = new Set(Array.from({ length: 5_000 }, () => retryAfterSeconds(least)));
  expect([...waits].toSorted((a, b) => a - b)).toEqual(Array.from({ length: most - least + 1 }, (_, i) => least + i));
});
