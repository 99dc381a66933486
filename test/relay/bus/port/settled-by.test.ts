import { expect, test } from "vitest";
import { settledBy } from "../../../../relay/bus/port/settled-by.ts";

test("the number that the bus remembers is that of the batch, or of one before it", () => {
  expect(settledBy(7, 7)).toBe("published");
  expect(settledBy(6, 7)).toBe("absent");
  expect(settledBy(0, 1)).toBe("absent");
});

test("a higher number is another relay's, and says nothing of the batch", () => {
  expect(() => settledBy(8, 7)).toThrow("another relay has its place");
});
