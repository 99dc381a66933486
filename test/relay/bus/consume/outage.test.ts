import { expect, test } from "vitest";
import { createOutage } from "../../../../relay/bus/consume/outage.ts";

test("tells of an outage once, and that it is over once", async () => {
  const told: (string | undefined)[] = [];
  const outage = createOutage({ fault: (error) => void told.push(error?.message) });
  const fails = (message: string) => outage.trying(() => Promise.reject(new Error(message)));
  outage.ended();
  expect([await fails("one"), await fails("two"), await outage.trying(async () => {})]).toEqual([false, false, true]);
  outage.ended();
  outage.began(new Error("three"));
  expect(told).toEqual(["one", undefined, "three"]);
});
