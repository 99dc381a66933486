import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BusRecord } from "../../../../relay/bus/port/bus.ts";
import { createLocalBus } from "../../../../relay/bus/adapters/local/local.ts";
import { fromBus } from "../../../../relay/analysis/sources/from-bus.ts";
import { judge } from "../../../../relay/analysis/verify/judge.ts";
import { table } from "../../../../relay/analysis/verify/table.ts";
import { verify } from "../../../../relay/analysis/verify/verify.ts";
import { deadLetterOf } from "../dlq/dead-letters.ts";
import { envelope, type Given } from "../../queue.ts";

const topics = { prefix: "", dlqSuffix: ".dlq" };
const EXPOSURES = "rec.exposure.recorded.v1";
const OWN = "app.event.recorded.v1";

const event = (given: Given, surface = "home"): BusRecord => {
  const made = envelope(given);
  made.payload.surface = surface;
  const headers = { event_id: given.id, tenant_id: "t1", key_kind: given.key_kind ?? "web" };
  return { topic: made.type, key: "k", value: Buffer.from(JSON.stringify(made)), headers };
};
const foreign = (text: string): BusRecord => ({ topic: EXPOSURES, key: "", value: Buffer.from(text), headers: {} });
const request_id = "request-1";
const decision = (id: string, items: string[]) =>
  event({ id, event_type: "decision", request_id, key_kind: "server", items: items.map((item_id) => ({ item_id })) });
const seen = (id: string, item_id = "a") => event({ id, request_id, items: [{ item_id }] });
const refused = (id: string, surface = "home"): BusRecord => {
  const type = "edge.event.rejected.v1";
  const times = { occurred_at: "2026-01-01T10:00:00.000Z", received_at: "2026-01-01T10:00:00.000Z" };
  const payload = { surface, error: "invalid_field" };
  const made = { id, type, event_type: "click", ...times, payload, metadata: { tenant_id: "t1" } };
  return { topic: type, key: "k", value: Buffer.from(JSON.stringify(made)), headers: { event_id: id, tenant_id: "t1" } };
};
const clicked = (id: string, item_id = "a") => event({ id, event_type: "click", request_id, item_id });
const own = (id: string, item_id?: string): BusRecord => {
  const made = envelope({ id, event_type: "click", request_id, ...(item_id && { item_id }) });
  Object.assign(made, { type: OWN, event_type: "recipe_saved" });
  if (item_id === undefined) delete made.payload.item_id;
  return { topic: OWN, key: "k", value: Buffer.from(JSON.stringify(made)), headers: {} };
};

describe("verify", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "sightline-verify-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const report = async (records: BusRecord[], surface?: string) => {
    const bus = createLocalBus({ dataDir: folder, dlqSuffix: ".dlq" });
    await bus.publish({ number: 1, records });
    const source = await fromBus({ bus, topics, selection: {} });
    await bus.close();
    try {
      return await verify({ source, counters: undefined, surface });
    } finally {
      source.close();
    }
  };
  test("records that are no events are counted with their places, and harm no figure", async () => {
    const others = [
      "hello",
      "",
      "null",
      "[1]",
      '{"id":"x"}',
      '{"id":"x","type":"t","event_type":"e","payload":{"items":[1]},"metadata":{"tenant_id":"t"}}',
    ];
    const found = await report([seen("event-01"), ...others.map(foreign), clicked("event-02")]);
    expect(found).toMatchObject({ exposures: 1, joined: 1, unreadable: { records: 6 } });
    expect(found.unreadable.examples).toEqual(
      ["2", "3", "4", "5", "6"].map((offset) => ({ topic: EXPOSURES, partition: 0, offset })),
    );
    expect(table(found, "bus")).toContain(`! 6 records are no events, and not counted (${EXPOSURES}/0/2, `);
  });

  test("decisions are counted, with what of them was seen, whichever comes first", async () => {
    const found = await report([
      seen("event-01", "a"),
      decision("event-02", ["a", "b", "c"]),
      seen("event-03", "b"),
      decision("event-04", ["c"]),
    ]);
    expect(found.decisions).toEqual({ requests: 1, items: 3, seen: 2 });
    expect(table(found, "bus")).toMatch(/decided items +3 {2}\(2 seen, 66\.67 %\)/);
  });

  test("an event of an own type counts and joins as an outcome where it names a request and an item, and else is no orphan", async () => {
    const found = await report([seen("event-01"), own("event-02", "a"), own("event-03", "b"), own("event-04")]);
    expect(found).toMatchObject({ outcomes: { recipe_saved: 2 }, joined: 1, orphans: 1, join_rate: 0.5 });
    expect(table(found, "bus")).toMatch(/outcomes {2}recipe_saved +2\n/);
    expect((await report([], "elsewhere")).surfaces).toEqual(["home"]);
  });

  test("records on the topics of dead letters that are none are counted with the others", async () => {
    const found = await report([seen("event-01"), { ...foreign("hello"), topic: `${EXPOSURES}.dlq` }]);
    expect(found).toMatchObject({
      dead_letters: {},
      unreadable: { records: 1, examples: [{ topic: `${EXPOSURES}.dlq`, offset: "2" }] },
    });
  });

  test("dead letters are counted by code, of one surface those whose event is of it", async () => {
    const deadLetters = [
      deadLetterOf(envelope({ id: "event-01" }), { error_code: "event_id_conflict" }),
      deadLetterOf(envelope({ id: "event-02" }), { error_code: "record_too_large" }),
    ];
    expect((await report([seen("event-03"), ...deadLetters])).dead_letters).toEqual({
      event_id_conflict: 1,
      record_too_large: 1,
    });
    expect((await report([], "search")).dead_letters).toEqual({});
  });

  test("a request on two surfaces is named for each of them, and for no other", async () => {
    const records = [
      event({ id: "event-01", request_id }, "home"),
      event({ id: "event-02", request_id }, "search"),
      event({ id: "event-03" }, "cart"),
    ];
    expect((await report(records, "search")).several_surfaces).toEqual({ requests: 1, examples: [request_id] });
    expect((await report([], "cart")).several_surfaces.requests).toBe(0);
  });

  test.for([
    ["nothing is on the bus", [], {}, ["there is no decision, exposure or outcome in the source"]],
    ["the surface is unknown", [seen("event-01")], { surface: "hoem" }, ["no event is of the surface hoem; the source has home"]],
    [
      "nothing on it is an event",
      [foreign("hello")],
      {},
      ["there is no decision, exposure or outcome in the source, and 1 of its records are no events"],
    ],
    ["all was refused", [refused("event-01"), foreign("hello")], {}, ["no event was taken, and 1 was refused"]],
    [
      "of the surface all was refused",
      [seen("event-01"), refused("event-02", "search"), refused("event-03", "search")],
      { surface: "search" },
      ["no event was taken, and 2 were refused"],
    ],
    [
      "too little joins",
      [seen("event-01"), clicked("event-02"), clicked("event-03", "b")],
      { failUnder: 0.98 },
      ["the join rate is 0.5, under 0.98"],
    ],
    ["there is nothing to join", [seen("event-01")], { failUnder: 0.98 }, ["there is no outcome, and so no join rate"]],
    ["enough joins", [seen("event-01"), clicked("event-02")], { failUnder: 1 }, []],
    ["nothing is asked for", [seen("event-01"), clicked("event-03", "b")], {}, []],
  ] as const)("is a gate that says why: %s", async ([, records, demands, reasons]) => {
    expect(judge(await report([...records], "surface" in demands ? demands.surface : undefined), demands)).toEqual(reasons);
  });

  test("is a gate by the exact rate: one orphan among millions is under 1", async () => {
    const all = { ...(await report([seen("event-01"), clicked("event-02")])), joined: 9_999_999, orphans: 1, join_rate: 1 };
    expect(judge(all, { failUnder: 1 })).toEqual(["the join rate is 0.9999999, under 1"]);
    expect(judge(all, { failUnder: 0.9999999 })).toEqual([]);
  });
});
