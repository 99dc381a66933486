import { beforeEach, expect, test, vi } from "vitest";
import { createDwell, type Dwell } from "../../../client/src/exposure/dwell.ts";

let due: string[];
let dwell: Dwell<string>;

const now = (): number => performance.now();
const pass = (ms: number): void => void vi.advanceTimersByTime(ms);

beforeEach(() => {
  vi.useFakeTimers();
  due = [];
  dwell = createDwell<string>(1_000, () => due.push(...dwell.take()));
  dwell.count(true);
  return () => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  };
});

test("999 ms in view are not enough, 1,000 are", () => {
  dwell.set("a", true, now());
  pass(999);
  expect(due).toEqual([]);
  pass(1);
  expect(due).toEqual(["a"]);
});

test("what was due is due once", () => {
  dwell.set("a", true, now());
  pass(5_000);
  expect(due).toEqual(["a"]);
});

test("time counts from the moment that the observer saw, not from that in which it told", () => {
  pass(500);
  dwell.set("a", true, now() - 400);
  pass(600);
  expect(due).toEqual(["a"]);
});

test("a drop out of view, however short, restarts the second", () => {
  dwell.set("a", true, now());
  pass(900);
  dwell.set("a", false, now());
  dwell.set("a", true, now());
  pass(999);
  expect(due).toEqual([]);
  pass(1);
  expect(due).toEqual(["a"]);
});

test("being told again that it is in view restarts nothing", () => {
  dwell.set("a", true, now());
  pass(900);
  dwell.set("a", true, now());
  pass(100);
  expect(due).toEqual(["a"]);
});

test("each has a second of its own", () => {
  dwell.set("a", true, now());
  pass(500);
  dwell.set("b", true, now());
  pass(500);
  expect(due).toEqual(["a"]);
  pass(500);
  expect(due).toEqual(["a", "b"]);
});

test("a pause makes the time so far void", () => {
  dwell.set("a", true, now());
  pass(900);
  dwell.count(false);
  pass(10_000);
  expect(due).toEqual([]);
  dwell.count(true);
  pass(999);
  expect(due).toEqual([]);
  pass(1);
  expect(due).toEqual(["a"]);
});

test("what was told late of a moment in the pause counts from its end", () => {
  dwell.count(false);
  const hidden = now();
  pass(5_000);
  dwell.count(true);
  dwell.set("a", true, hidden);
  pass(999);
  expect(due).toEqual([]);
});

test("a machine that slept has not looked", () => {
  const clock = performance.now.bind(performance);
  let slept = 0;
  vi.spyOn(performance, "now").mockImplementation(() => clock() + slept);
  dwell.set("a", true, now());
  slept = 60_000;
  pass(1_000);
  expect(due).toEqual([]);
  pass(1_000);
  expect(due).toEqual(["a"]);
});
