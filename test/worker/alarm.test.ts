import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createAlarm } from "../../worker/src/lib/alarm.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Sets an alarm; says whether it rang. */
function set(alarm: ReturnType<typeof createAlarm>, ms: number) {
  const state = { rang: false };
  const rung = async (): Promise<void> => {
    await alarm.after(ms);
    state.rang = true;
  };
  void rung();
  return state;
}

test("an alarm rings after its time, and not before", async () => {
  const first = set(createAlarm(50), 120);
  await vi.advanceTimersByTimeAsync(119);
  expect(first.rang).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(first.rang).toBe(true);
});

test("an alarm that is set again rings for the last time alone", async () => {
  const alarm = createAlarm(50);
  const first = set(alarm, 100);
  await vi.advanceTimersByTimeAsync(80);
  const second = set(alarm, 50);
  await vi.advanceTimersByTimeAsync(49);
  expect([first.rang, second.rang]).toEqual([false, false]);
  await vi.advanceTimersByTimeAsync(1);
  expect([first.rang, second.rang]).toEqual([false, true]);
});

test("an alarm that is set after it rang rings again", async () => {
  const alarm = createAlarm(50);
  set(alarm, 100);
  await vi.advanceTimersByTimeAsync(150);
  const second = set(alarm, 50);
  await vi.advanceTimersByTimeAsync(50);
  expect(second.rang).toBe(true);
});

test("a short time after a long one that it was ticking for is not late", async () => {
  const alarm = createAlarm(20);
  set(alarm, 1_000);
  await vi.advanceTimersByTimeAsync(110);
  const second = set(alarm, 20);
  await vi.advanceTimersByTimeAsync(20);
  expect(second.rang).toBe(true);
});

test("an alarm that was stopped neither rings nor keeps a timer", async () => {
  const alarm = createAlarm(20);
  const first = set(alarm, 50);
  await vi.advanceTimersByTimeAsync(30);
  alarm.stop();
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(100);
  expect(first.rang).toBe(false);
});
