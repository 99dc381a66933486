import { pino } from "pino";
import { expect, test } from "vitest";
import { endInOrder } from "../../../relay/service/end-in-order.ts";

const stage = () => {
  const told: { what: string }[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => void told.push(JSON.parse(line) as { what: string }) });
  return { log, told };
};

test("steps end one after another, in order", async () => {
  const { log, told } = stage();
  const ended: string[] = [];
  const step = (what: string) => ({
    what,
    async run() {
      await new Promise(setImmediate);
      ended.push(what);
    },
  });
  await endInOrder([step("rounds"), step("bus"), step("store")], 5_000, log);
  expect(ended).toEqual(["rounds", "bus", "store"]);
  expect(told).toEqual([]);
});

test("a step that hangs or fails is told and left behind, and those after it still end", async () => {
  const { log, told } = stage();
  const ended: string[] = [];
  const steps = [
    { what: "rounds", run: () => new Promise(() => {}) },
    { what: "bus", run: () => Promise.reject(new Error("no")) },
    {
      what: "lock",
      run: () => {
        throw new Error("gone");
      },
    },
    { what: "store", run: () => ended.push("store") },
  ];
  await endInOrder(steps, 10, log);
  expect(told.map(({ what }) => what)).toEqual(["rounds", "bus", "lock"]);
  expect(ended).toEqual(["store"]);
});
