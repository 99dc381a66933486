import { beforeEach, expect, test } from "vitest";
import { createDwell, type Dwell } from "../../../client/src/lib/dwell.ts";

let time: number;
let timers: { at: number; act: () => void }[];
let due: string[];
let dwell: Dwell<string>;

/** Lets time pass, timer by timer. */
function pass(ms: number): void {
  const end = time + ms;
  for (;;) {
    const next = timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
    if (!next) break;
    timers.splice(timers.indexOf(next), 1);
    time = Math.max(time, next.at);
    next.act();
  }
  time = end;
}

beforeEach(() => {
  time = 10_000;
  timers = [];
  due = [];
  const clock = { now: () => time, setTimeout: (act: () => void, ms: number) => timers.push({ at: time + ms, act }) };
  dwell = createDwell<string>(1_000, () => due.push(...dwell.take()), clock);
  dwell.resume();
});

test("999 ms in view are not enough, 1,000 are", () => {
  dwell.set("a", true, time);
  pass(999);
  expect(due).toEqual([]);
  pass(1);
  expect(due).toEqual(["a"]);
});

test("what was due is due once", () => {
  dwell.set("a", true, time);
  pass(5_000);
  expect(due).toEqual(["a"]);
});

test("time counts from the moment that the observer saw, not from that in which it told", () => {
  pass(500);
  dwell.set("a", true, time - 400);
  pass(600);
  expect(due).toEqual(["a"]);
});

test("a drop out of view, however short, starts the second anew", () => {
  dwell.set("a", true, time);
  pass(900);
  dwell.set("a", false, time);
  dwell.set("a", true, time);
  pass(999);
  expect(due).toEqual([]);
  pass(1);
  expect(due).toEqual(["a"]);
});

test("being told again that it is in view starts nothing anew", () => {
  dwell.set("a", true, time);
  pass(900);
  dwell.set("a", true, time);
  pass(100);
  expect(due).toEqual(["a"]);
});

test("each has a second of its own", () => {
  dwell.set("a", true, time);
  pass(500);
  dwell.set("b", true, time);
  pass(500);
  expect(due).toEqual(["a"]);
  pass(500);
  expect(due).toEqual(["a", "b"]);
});

test("a pause makes the time so far void", () => {
  dwell.set("a", true, time);
  pass(900);
  dwell.pause();
  pass(10_000);
  expect(due).toEqual([]);
  dwell.resume();
  pass(999);
  expect(due).toEqual([]);
  pass(1);
  expect(due).toEqual(["a"]);
});

test("what was told late of a moment in the pause counts from its end", () => {
  dwell.pause();
  const hidden = time;
  pass(5_000);
  dwell.resume();
  dwell.set("a", true, hidden);
  pass(999);
  expect(due).toEqual([]);
});

test("a machine that slept has not looked", () => {
  dwell.set("a", true, time);
  time += 60_000;
  pass(0);
  expect(due).toEqual([]);
  pass(1_000);
  expect(due).toEqual(["a"]);
});
