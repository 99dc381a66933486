import { expect, test } from "vitest";
import { readHolder } from "../../../../relay/bus/port/holder.ts";
import { settledBy } from "../../../../relay/bus/port/settled-by.ts";

const last = (batch: number, receipt = "") => readHolder(batch, JSON.stringify({ receipt }));

test("the number that the bus remembers is that of the batch, or of one before it", () => {
  expect(settledBy(last(7, "a.1"), { number: 7, receipt: "a.1" })).toBe("published");
  expect(settledBy(last(6, "a.0"), { number: 7, receipt: "a.1" })).toBe("absent");
  expect(settledBy(last(0), { number: 1, receipt: "a.1" })).toBe("absent");
});

test("a higher number is another relay's, and so is the same one under another receipt: it says nothing of the batch", () => {
  expect(() => settledBy(last(8, "a.2"), { number: 7, receipt: "a.1" })).toThrow("another relay has its place");
  expect(() => settledBy(last(7, "b.1"), { number: 7, receipt: "a.1" })).toThrow("another relay has its place");
});

test("what was claimed, or published, by a version without receipts is known by its number", () => {
  expect(settledBy(last(7), { number: 7, receipt: "a.1" })).toBe("published");
  expect(settledBy(last(7, "a.1"), { number: 7 })).toBe("published");
});
