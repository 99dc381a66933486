import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createLocalBus } from "../../../../relay/bus/adapters/local/local.ts";
import type { Keys } from "../../../../relay/state/keys.ts";
import { rebuild } from "../../../../relay/service/rebuild/rebuild.ts";
import { openStore } from "../../../../relay/state/open-store.ts";
import { buildingFolder, refuseHalfRebuilt, swapStore } from "../../../../relay/state/swap-store.ts";
import { sightline } from "../../cli/run.ts";
import { sightlineProcess } from "../../cli/run-process.ts";
import { deadLetterOf, deadLetterOfText } from "../../cli/dlq/dead-letters.ts";
import { envelope } from "../../queue.ts";
import { rebuildSuite } from "./rebuild-suite.ts";

rebuildSuite("the local bus", () => ({ EVENT_PUBLISHER: "local" }));

const topics = { prefix: "", dlqSuffix: ".dlq" };
const recordOf = (event: ReturnType<typeof envelope>) => ({
  topic: event.type,
  key: "k",
  value: Buffer.from(JSON.stringify(event)),
  headers: { event_id: event.id, tenant_id: "t1" },
});

const keyOf = (id: string, keys: Keys): Uint32Array => {
  const [key, bytes] = [new Uint32Array(4), Buffer.from(id)];
  keys.event(keys.prefix("t1"), "web", bytes, 0, bytes.length, key, 0);
  return key;
};

describe("a store made from the bus", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "sightline-rebuild-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = async (
    records: Parameters<ReturnType<typeof createLocalBus>["publish"]>[0]["records"],
    windowStart = new Date(0),
  ) => {
    const bus = createLocalBus({ dataDir: folder, dlqSuffix: ".dlq" });
    await bus.publish({ number: 7, records });
    const fresh = buildingFolder(folder);
    const open = (now: () => number) => openStore(fresh, { now });
    const found = await rebuild({ bus, topics, openStore: open, kept: undefined, lastBatch: 7, windowStart });
    await bus.close();
    const store = openStore(fresh);
    const states = ["event-01", "event-02", "event-03"].map((id) => store.marker(keyOf(id, store.keys))?.state);
    const lastBatch = store.lastBatch();
    store.close();
    return { found, states, lastBatch };
  };

  test("knows what is published, and as dead lettered only what was not published since", async () => {
    const [one, two] = [envelope({ id: "event-01" }), envelope({ id: "event-02" })];
    const { found, states } = await run([
      deadLetterOf(one),
      deadLetterOf(two),
      deadLetterOfText("not json", "invalid_envelope"),
      recordOf(one),
    ]);
    expect(found).toMatchObject({ events: 1, dead_letters: 3, unreadable: 0 });
    expect(states).toEqual(["published", "dead_lettered", undefined]);
  });

  test("goes on with batch numbers after the highest that the bus knows", async () => {
    expect((await run([recordOf(envelope({ id: "event-01" }))])).lastBatch).toBeGreaterThan(7);
  });

  test("forgets what was published before the window", async () => {
    const { found, states } = await run([recordOf(envelope({ id: "event-01" }))], new Date(Date.now() + 60_000));
    expect(found).toMatchObject({ events: 1, expired: 1, since: undefined });
    expect(states).toEqual([undefined, undefined, undefined]);
  });

  test("counts what on the bus is no envelope", async () => {
    const strange = { topic: "rec.exposure.recorded.v1", key: "k", value: Buffer.from("strange"), headers: {} };
    expect((await run([strange, { ...strange, topic: "rec.exposure.recorded.v1.dlq" }])).found.unreadable).toBe(2);
  });
});

describe("putting a rebuilt store in place", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "sightline-swap-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  const read = (path: string) => readFileSync(join(folder, path), "utf8");

  test("moves the old files aside, those beside the database among them, and leaves all others", () => {
    for (const file of ["relay.db", "relay.db-wal", "bus.db"]) write(file, "old");
    writeFileSync(join(buildingFolder(folder), "relay.db"), "new");
    const aside = swapStore(folder, new Date("2026-01-01T10:00:00.000Z"));
    expect(aside).toBe(join(folder, "aside-2026-01-01T10-00-00-000Z"));
    expect(readdirSync(aside ?? "").toSorted()).toEqual(["relay.db", "relay.db-wal"]);
    expect([read("relay.db"), read("bus.db")]).toEqual(["new", "old"]);
    expect(readdirSync(folder).toSorted()).toEqual(["aside-2026-01-01T10-00-00-000Z", "bus.db", "relay.db"]);
    expect(() => refuseHalfRebuilt(folder)).not.toThrow();
  });

  test("a relay refuses to start where that was cut short, until the rebuild is run again", async () => {
    mkdirSync(join(folder, "rebuild.swap"));
    write("rebuild.swap/relay.db", "of the rebuild that was cut short");
    const env = { DATA_DIR: folder, RELAY_TOKEN: "a-token-for-the-tests", RELAY_PORT: "0" };
    expect(await sightlineProcess(["relay"], env)).toMatchObject({
      code: 1,
      err: expect.stringContaining("run sightline dedup rebuild again"),
    });
    const { code, out } = await sightline(["dedup", "rebuild", "--yes", "--json"], env);
    expect(code).toBe(0);
    expect(() => refuseHalfRebuilt(folder)).not.toThrow();
    expect(readFileSync(join(JSON.parse(out).aside, "rebuild.swap", "relay.db"), "utf8")).toBe(
      "of the rebuild that was cut short",
    );
  }, 60_000);

  test("asks first, and where nobody can be asked wants --yes", async () => {
    const { code, err } = await sightline(["dedup", "rebuild"], { DATA_DIR: folder });
    expect(code).toBe(2);
    expect(err).toContain("expected --yes");
    expect(readdirSync(folder)).toEqual([]);
  }, 60_000);
});
