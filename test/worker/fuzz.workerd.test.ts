import { expect, test } from "vitest";
import { fuzz } from "./fuzz/fuzz.ts";

/** Bytes of memory that workerd may hold after it all. */
const RESIDENT_BYTES = 300 * 1024 * 1024;

test("10,000 requests of every kind are each answered by the contract, and what they say was accepted or refused is in the queues", async () => {
  const { failure, requests, statuses, answered, queued, residentBytes } = await fuzz({ runs: 10_000 });
  expect(failure).toBeUndefined();
  expect(requests).toBe(10_000);
  expect(queued).toEqual(answered);
  expect(residentBytes).toBeLessThan(RESIDENT_BYTES);
  // It is no test where everything is refused for one reason.
  for (const status of [202, 207, 400, 401, 404, 405, 408, 413, 415]) expect(statuses[status]).toBeGreaterThan(5);
}, 240_000);
