import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createLocalBus } from "../../../relay/bus/adapters/local/local.ts";
import { createMarkerList } from "../../../relay/state/marker-list.ts";
import { openStore } from "../../../relay/state/open-store.ts";
import { sightline } from "./run.ts";

const folders: string[] = [];
const folder = () => {
  folders.push(mkdtempSync(join(tmpdir(), "sightline-cli-")));
  return folders.at(-1)!;
};
afterAll(() => folders.forEach((path) => rmSync(path, { recursive: true })));

const TIME = "2026-01-01T10:00:00.000Z";
const record = (topic: string, id: string, payload: object, type: string, event_type: string) => ({
  topic,
  key: "r1",
  value: Buffer.from(
    JSON.stringify({
      id,
      type,
      event_type,
      occurred_at: TIME,
      received_at: TIME,
      payload: { unit_type: "user", unit_id: "u1", timestamp: TIME, ...payload },
      metadata: { tenant_id: "t1" },
    }),
  ),
  headers: { event_id: id, tenant_id: "t1" },
});

/** A bus with three exposures, a joined click, an orphan on another surface, and a refused event. */
const fill = async (dataDir: string) => {
  const bus = createLocalBus({ dataDir, dlqSuffix: ".dlq" });
  const seen = (id: string, item_id: string, position: number) =>
    record(
      "rec.exposure.recorded.v1",
      id,
      { request_id: "r1", surface: "a", items: [{ item_id, position }] },
      "rec.exposure.recorded.v1",
      "exposure",
    );
  const clicked = (id: string, surface: string, request_id: string) =>
    record("rec.outcome.recorded.v1", id, { request_id, surface, item_id: "x" }, "rec.outcome.recorded.v1", "click");
  const refused = { surface: "a", index: 0, error: "missing_timestamp", message: "timestamp is required" };
  await bus.publish({
    number: 1,
    records: [
      clicked("o1", "a", "r1"),
      seen("e1", "x", 1),
      seen("e2", "y", 2),
      seen("e3", "z", 2),
      clicked("o2", "b", "r2"),
      record("edge.event.rejected.v1", "j1", refused, "edge.event.rejected.v1", "rejection"),
    ],
  });
  await bus.close();
  const store = openStore(dataDir);
  const counter = { tenant_id: "t1", surface: "a", event_type: "click" };
  store.claim(1, {
    markers: createMarkerList(),
    messages: [],
    taken: [{ ...counter, fate: "from_dead_letter_queue", n: 4 }],
    settled: [
      { ...counter, fate: "duplicate", n: 3 },
      { ...counter, fate: "collapsed", n: 2 },
      { ...counter, fate: "redelivered", n: 7 },
    ],
  });
  store.settle(1);
  store.close();
};

describe("sightline verify", () => {
  test("counts what is on the bus, joined, as one line of JSON", async () => {
    const DATA_DIR = folder();
    await fill(DATA_DIR);
    const { code, out } = await sightline(["verify", "--json"], { DATA_DIR });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      exposures: 3,
      outcomes: { click: 2 },
      joined: 1,
      orphans: 1,
      duplicates: 5,
      redeliveries: 7,
      from_dead_letter_queue: 4,
      rejected: { missing_timestamp: 1 },
      decisions: { requests: 0, items: 0, seen: 0 },
      join_rate: 0.5,
      dead_letters: {},
      unreadable: { records: 0, examples: [] },
      surfaces: ["a", "b"],
      failures: [],
      orphans_of_other_units: 0,
      several_units: { requests: 0, examples: [] },
      several_surfaces: { requests: 0, examples: [] },
      by_position: {
        "1": { exposures: 1, clicks: 1, repeated_clicks: 0, ctr: 1 },
        "2": { exposures: 2, clicks: 0, repeated_clicks: 0, ctr: 0 },
      },
    });
  });

  test("counts one surface only where one is named", async () => {
    const DATA_DIR = folder();
    await fill(DATA_DIR);
    const { out } = await sightline(["verify", "--surface", "b", "--json"], { DATA_DIR });
    expect(JSON.parse(out)).toMatchObject({ exposures: 0, outcomes: { click: 1 }, orphans: 1, duplicates: 0, rejected: {} });
  });

  test("prints a table for people", async () => {
    const DATA_DIR = folder();
    await fill(DATA_DIR);
    const { out } = await sightline(["verify"], { DATA_DIR });
    expect(out).toMatch(/exposures +3\n/);
    expect(out).toMatch(/joined +1 {2}\(50\.00 % of outcomes\)/);
    expect(out).toMatch(/from dead-letter queues +4\n/);
    expect(out).toMatch(/\n {2}2 +2 +0 +0\.00 %/);
  });

  test("is a gate: it exits 1 for a folder without a bus and for a rate that is too low, and 2 for a limit that is none", async () => {
    const DATA_DIR = folder();
    expect(await sightline(["verify"], { DATA_DIR })).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringContaining(`there is no bus at ${join(DATA_DIR, "bus.db")}: set DATA_DIR`),
    });
    await fill(DATA_DIR);
    const { code, out, err } = await sightline(["verify", "--fail-under", "0.98", "--json"], { DATA_DIR });
    expect([code, err]).toEqual([1, "sightline verify: the join rate is 0.5, under 0.98\n"]);
    expect(JSON.parse(out)).toMatchObject({ join_rate: 0.5, failures: ["the join rate is 0.5, under 0.98"] });
    expect(await sightline(["verify", "--fail-under", "98"], { DATA_DIR })).toMatchObject({ code: 2 });
  });

  test("says that duplicates are unknown where no relay has its state", async () => {
    const DATA_DIR = folder();
    const bus = createLocalBus({ dataDir: DATA_DIR, dlqSuffix: ".dlq" });
    await bus.publish({
      number: 1,
      records: [record("rec.decision.made.v1", "d1", { request_id: "r1" }, "rec.decision.made.v1", "decision")],
    });
    await bus.close();
    const { out } = await sightline(["verify", "--json"], { DATA_DIR });
    expect(JSON.parse(out)).toMatchObject({ exposures: 0, duplicates: null });
  });
});

describe("sightline", () => {
  test("names the commands there are, and ends with 2, where it is called with another", async () => {
    expect(await sightline(["vrify"])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/expected one of relay, verify, .*doctor, config/),
    });
  });

  test("says how a command is called where an option is unknown", async () => {
    expect(await sightline(["verify", "--surfce", "a"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("usage: sightline verify"),
    });
  });

  test("names every wrong setting at once, without their secrets", async () => {
    const env = { EVENT_PUBLISHER: "kafka", KAFKA_TLS_ENABLED: "perhaps", RELAY_TOKEN: "short" };
    const { code, err } = await sightline(["relay"], env);
    expect(code).toBe(2);
    expect(err).toMatch(/KAFKA_TLS_ENABLED/);
    expect(err).toMatch(/RELAY_TOKEN/);
    expect(err).not.toContain("short");
  });

  test("prints the settings in force and hides secrets", async () => {
    const { out } = await sightline(["config", "--json"], { RELAY_TOKEN: "0123456789abcdef", DEDUP_WINDOW_DAYS: "40" });
    const rows = JSON.parse(out) as { name: string; value: string; set: boolean }[];
    expect(rows.find(({ name }) => name === "DEDUP_WINDOW_DAYS")).toMatchObject({ value: "40", set: true });
    expect(rows.find(({ name }) => name === "RELAY_TOKEN")).toMatchObject({ value: "(set)", set: true });
    expect(rows.find(({ name }) => name === "EVENT_PUBLISHER")).toMatchObject({ value: "local", set: false });
  });
});
