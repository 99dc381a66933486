import { expect, test } from "vitest";
import { createBufferPool } from "../../../relay/lib/buffer-pool.ts";

const MB = 1024 * 1024;

test("a buffer that was given back is lent again, to whoever asks for no more than it has", () => {
  const pool = createBufferPool(8 * MB);
  const first = pool.lend(70_000);
  expect(first.length).toBeGreaterThanOrEqual(70_000);
  pool.giveBack(first);
  expect(pool.lend(200_000)).not.toBe(first);
  expect(pool.lend(100_000)).toBe(first);
  expect(pool.lend(100_000)).not.toBe(first);
});

test("it keeps so many bytes, and no more", () => {
  const pool = createBufferPool(2 * MB);
  const all = [1, 2, 3].map(() => pool.lend(MB));
  for (const buffer of all) pool.giveBack(buffer);
  const again = [1, 2, 3].map(() => pool.lend(MB));
  expect(again.filter((buffer) => all.includes(buffer))).toHaveLength(2);
});

test("nothing at all is a buffer too", () => {
  expect(createBufferPool(MB).lend(0).length).toBeGreaterThan(0);
});
