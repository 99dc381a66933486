import { describe, expect, test } from "vitest";
import type { BusRecord } from "../../../../relay/bus/port/bus.ts";
import { keepsRecords, openBus, type Recovery, settleBatch } from "../../../../relay/bus/port/settle.ts";
import { failingBus } from "../../failing-bus.ts";

const records: BusRecord[] = [{ topic: "a.v1", key: "k", value: Buffer.from("{}"), headers: { event_id: "event-01" } }];
const batch = { number: 1, claimedAt: "2026-01-01T00:00:00.000Z" };
const kept = { ...batch, records };

describe("a batch whose outcome is unknown", () => {
  test("is asked for by its number where the bus has transactions, and needs no records", async () => {
    const bus = failingBus();
    expect(keepsRecords(bus)).toBe(false);
    expect(await settleBatch(bus, batch)).toBe("absent");
    await bus.publish({ number: 1, records });
    expect(await settleBatch(bus, batch)).toBe("published");
    expect(await openBus(bus, [])).toBe(1);
  });

  test("is looked up record by record where the bus can", async () => {
    const bus = failingBus({ delivery: "lookup" });
    expect(keepsRecords(bus)).toBe(true);
    expect(await settleBatch(bus, kept)).toEqual({ missing: records });
    await bus.publish({ number: 1, records });
    expect(await settleBatch(bus, kept)).toEqual({ missing: [] });
    expect(await openBus(bus, [])).toBe(0);
  });

  test("is published again where the bus cannot tell, and is not where it keeps nothing", async () => {
    expect(await settleBatch({ delivery: "at-least-once" }, kept)).toEqual({ missing: records });
    expect(await settleBatch({ delivery: "at-most-once" }, kept)).toBe("published");
  });

  test.for(["lookup", "at-least-once", "at-most-once"] as const)(
    "without its records is an error on a bus that is %s",
    async (delivery) => {
      const bus = failingBus({ delivery }) as Recovery;
      await expect(settleBatch(bus, batch)).rejects.toThrow(/expected the records of batch 1.*claimed for another bus/);
    },
  );
});
