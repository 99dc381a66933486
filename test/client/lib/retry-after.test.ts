import { expect, test } from "vitest";
import { retryAfter } from "../../../client/src/lib/retry-after.ts";

const now = Date.parse("2026-01-01T10:00:00Z");

test.each([
  ["5", 5_000],
  ["0", 0],
  ["Thu, 01 Jan 2026 10:00:30 GMT", 30_000],
  ["Thu, 01 Jan 2026 09:00:00 GMT", 0],
  ["soon", 0],
  ["-3", 0],
  [null, 0],
  ["86400", 3_600_000],
])("%s asks for a wait of %d ms", (header, ms) => {
  expect(retryAfter(header, now)).toBe(ms);
});
