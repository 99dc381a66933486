import { describe, expect, it } from "vitest";
import { logEvents } from "../../demo/replay/log-events.ts";
import type { LogRow } from "../../demo/replay/log-file.ts";
import { shuffle } from "../../demo/replay/shuffle.ts";

const row: LogRow = {
  timestamp: "2019-12-31T23:59:59.979311Z",
  itemId: "7",
  position: 3,
  clicked: true,
  propensity: 0.25,
  features: ["a", "b", "c", "d"],
};

describe("logEvents", () => {
  it("makes a vouched exposure of a row, and a click one second later", () => {
    const { surface, events } = logEvents("/data/men-bts.csv", [{ ...row, clicked: false }, row]);
    expect(surface).toBe("obd.men-bts");
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

  it("makes the same events at each run, and the same unit of the same features", () => {
    expect(logEvents("a.csv", [row])).toEqual(logEvents("b/a.csv", [row]));
    const [, , other] = logEvents("a.csv", [row, { ...row, features: ["a", "b", "c", "x"] }]).events;
    const [same] = logEvents("other.csv", [row]).events;
    expect(same?.unit_id).toBe(logEvents("a.csv", [row]).events[0]?.unit_id);
    expect(other?.unit_id).not.toBe(same?.unit_id);
  });

  it("keeps ids within the wire's rule, and apart, whatever the file is called", () => {
    const names = ["männer 1.csv", "männer 2.csv", `${"long".repeat(40)}1.csv`, `${"long".repeat(40)}2.csv`];
    const ids = names.map((name) => logEvents(name, [row]).events[0]?.event_id ?? "");
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{8,50}$/);
    expect(new Set(ids).size).toBe(names.length);
  });
});

describe("shuffle", () => {
  it("gives another order with the same things in it, the same for one seed", () => {
    const list = Array.from({ length: 100 }, (_, i) => i);
    const shuffled = shuffle(list, "men-bts");
    expect(shuffled).not.toEqual(list);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(list);
    expect(shuffle(list, "men-bts")).toEqual(shuffled);
    expect(shuffle(list, "men-random")).not.toEqual(shuffled);
  });
});
