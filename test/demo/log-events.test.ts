import { describe, expect, it } from "vitest";
import { logEvents } from "../../demo/replay/log-events.ts";
import type { LogRow } from "../../demo/replay/log-row.ts";
import { shuffle } from "../../demo/replay/shuffle.ts";

const row: LogRow = {
  timestamp: "2019-12-31T23:59:59.979311Z",
  itemId: "7",
  position: 3,
  clicked: true,
  propensity: 0.25,
  features: ["a", "b", "c", "d"],
};

async function* streamOf<T>(things: Iterable<T>): AsyncGenerator<T> {
  yield* things;
}

const eventsOf = (file: string, rows: LogRow[]) => Array.fromAsync(logEvents(file).eventsOf(streamOf(rows)));

describe("logEvents", () => {
  it("makes a vouched exposure of a row, and a click one second later", async () => {
    const events = await eventsOf("/data/men-bts.csv", [{ ...row, clicked: false }, row]);
    expect(logEvents("/data/men-bts.csv").surface).toBe("obd.men-bts");
    expect(
      events.map(({ event_id, event_type, request_id, timestamp }) => [event_id, event_type, request_id, timestamp]),
    ).toEqual([
      ["obd_men-bts_1_e", "exposure", "obd_men-bts_1", "2019-12-31T23:59:59.979311Z"],
      ["obd_men-bts_2_e", "exposure", "obd_men-bts_2", "2019-12-31T23:59:59.979311Z"],
      ["obd_men-bts_2_c", "click", "obd_men-bts_2", "2020-01-01T00:00:00.979311Z"],
    ]);
    expect(events[1]).toMatchObject({
      items: [{ item_id: "7", position: 3, propensity: 0.25, basis: "vouched" }],
      context: { policy_version_id: "men-bts" },
    });
    expect(events[2]).toMatchObject({ item_id: "7", position: 3 });
  });

  it("makes the same events at each run, and the same unit of the same features", async () => {
    const first = await eventsOf("a.csv", [row]);
    expect(await eventsOf("b/a.csv", [row])).toEqual(first);
    const [, , other] = await eventsOf("a.csv", [row, { ...row, features: ["a", "b", "c", "x"] }]);
    const [same] = await eventsOf("other.csv", [row]);
    expect(same?.unit_id).toBe(first[0]?.unit_id);
    expect(other?.unit_id).not.toBe(same?.unit_id);
  });

  it("keeps ids within the wire's rule, and apart, whatever the file is called", async () => {
    const names = ["männer 1.csv", "männer 2.csv", `${"long".repeat(40)}1.csv`, `${"long".repeat(40)}2.csv`];
    const ids = await Promise.all(names.map(async (name) => (await eventsOf(name, [row]))[0]?.event_id ?? ""));
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{8,50}$/);
    expect(new Set(ids).size).toBe(names.length);
  });
});

const ascending = (some: number[]) => some.toSorted((a, b) => a - b);

describe("shuffle", () => {
  const list = Array.from({ length: 100 }, (_, i) => i);
  const shuffled = (seed: string, block?: number) => Array.fromAsync(shuffle(streamOf(list), seed, block));

  it("gives another order with the same things in it, the same for one seed", async () => {
    const first = await shuffled("men-bts");
    expect(first).not.toEqual(list);
    expect(ascending(first)).toEqual(list);
    expect(await shuffled("men-bts")).toEqual(first);
    expect(await shuffled("men-random")).not.toEqual(first);
  });

  it("shuffles a long stream block by block, each in an order of its own", async () => {
    const all = await shuffled("men-bts", 40);
    const blocks = [all.slice(0, 40), all.slice(40, 80), all.slice(80)];
    expect(blocks.map(ascending)).toEqual([list.slice(0, 40), list.slice(40, 80), list.slice(80)]);
    expect(blocks[1]?.map((n) => n - 40)).not.toEqual(blocks[0]);
  });
});
