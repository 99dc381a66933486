/** What `sightline dedup rebuild` must bring back, on every bus that remembers. */
import { mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startRelayProcess } from "../../../../dev/relay-process.ts";
import { createReadableBus } from "../../../../relay/bus/create.ts";
import { allTopics } from "../../../../relay/bus/port/topics.ts";
import { type RunningRelay, runRelay } from "../../../../relay/service/main.ts";
import { readConfig } from "../../../../relay/service/settings/config.ts";
import { readCounters, STATE_FILE, totals } from "../../../../relay/state/counters.ts";
import type { DeliveryMessage } from "../../../../worker/src/envelope/delivery.ts";
import { sightline } from "../../cli/run.ts";
import { deliver, envelope, message, pack } from "../../queue.ts";

const RELAY_TOKEN = "a-token-for-the-tests";

/** Thirty events in three messages, the first event again, and a second content under the id of the second; `again` under other ids. */
function messages(again = ""): DeliveryMessage[] {
  const events = Array.from({ length: 30 }, (_, n) =>
    envelope({ id: `event-${n}`, request_id: `req-${n % 7}`, items: [{ item_id: `a${n}` }, { item_id: `b${n}` }] }),
  );
  const conflict = envelope({ id: "event-1", content_hash: "f".repeat(32) });
  return [
    ...[0, 10, 20].map((from) => message(`m${from}${again}`, pack(events.slice(from, from + 10)))),
    message(
      `copy${again}`,
      pack([envelope({ id: "event-0", request_id: "req-0", items: [{ item_id: "a0" }, { item_id: "b0" }] }), conflict]),
    ),
    // Another event of which every item was recorded before.
    message(`items${again}`, pack([envelope({ id: `other${again}`, request_id: "req-2", items: [{ item_id: "a2" }] })])),
  ];
}

/** Runs the suite; `busEnv` makes the settings of a fresh bus for one test. */
export function rebuildSuite(name: string, busEnv: () => NodeJS.ProcessEnv): void {
  describe(`sightline dedup rebuild, on ${name}`, { timeout: 120_000 }, () => {
    let DATA_DIR: string;
    let env: NodeJS.ProcessEnv;
    let relay: RunningRelay | undefined;
    const url = (): string => `http://127.0.0.1:${relay?.port}`;

    beforeEach(async () => {
      DATA_DIR = await mkdtemp(join(tmpdir(), "sightline-rebuild-"));
      env = { DATA_DIR, RELAY_TOKEN, RELAY_PORT: "0", LOG_LEVEL: "silent", ...busEnv() };
    });
    afterEach(async () => {
      await relay?.stop();
      relay = undefined;
      await rm(DATA_DIR, { recursive: true });
    });

    const start = async (): Promise<void> => {
      relay = await runRelay(env);
      await vi.waitFor(async () => expect((await fetch(`${url()}/readyz`)).status).toBe(200), 40_000);
    };
    const stop = async (): Promise<void> => {
      await relay?.stop();
      relay = undefined;
    };
    const bring = async (brought: DeliveryMessage[]): Promise<void> => {
      for (const one of brought) expect((await deliver(url(), RELAY_TOKEN, [one])).status).toBe(200);
    };
    const onBus = async (): Promise<string[]> => {
      const config = readConfig(env).bus;
      const bus = await createReadableBus(config);
      const records = await Array.fromAsync(bus.read({ topics: allTopics(config.topics) }));
      await bus.close();
      return records.map(({ topic, headers }) => `${topic.replace(config.topics.prefix, "")} ${headers["event_id"]}`).toSorted();
    };
    const counted = () => totals(readCounters(DATA_DIR) ?? []);
    const rebuild = async () => {
      const { code, out, err } = await sightline(["dedup", "rebuild", "--yes", "--json"], env);
      return { code, err, report: out === "" ? undefined : JSON.parse(out) };
    };
    const aside = async () => (await readdir(DATA_DIR)).filter((entry) => entry.startsWith("aside-"));

    test("after the store was lost, a relay that gets the same events again publishes none of them twice", async () => {
      await start();
      await bring(messages());
      await stop();
      const before = await onBus();
      expect(before).toHaveLength(31);
      for (const entry of await readdir(DATA_DIR))
        if (!entry.startsWith("bus.db")) await rm(join(DATA_DIR, entry), { recursive: true });

      const { code, report } = await rebuild();
      expect({ code, report }).toMatchObject({
        code: 0,
        report: { events: 30, dead_letters: 1, expired: 0, unreadable: 0, counters: "from the bus", aside: null },
      });
      expect(counted()).toMatchObject({ taken: 31, delivered: 30, dead_lettered: 1, held: 0 });

      await start();
      await bring(messages("-again"));
      await bring([message("new", pack([envelope({ id: "event-new" })]))]);
      await stop();
      expect(await onBus()).toEqual([...before, "rec.exposure.recorded.v1 event-new"].toSorted());
      expect(counted()).toMatchObject({ taken: 65, delivered: 31, duplicates: 33, dead_lettered: 1, held: 0 });
    });

    test("of a damaged store it keeps the files, and a relay starts again", async () => {
      await start();
      await bring(messages());
      await stop();
      const before = await onBus();
      // The first page is whole, so that it is known for a database; nothing after it is what it was.
      await truncate(join(DATA_DIR, STATE_FILE), 4096);
      await writeFile(join(DATA_DIR, STATE_FILE), "no longer what it was".repeat(1000), { flag: "a" });
      await expect(startRelayProcess({ env, log: "ignore" })).rejects.toThrow(/sightline dedup rebuild/);

      const { code, report } = await rebuild();
      expect({ code, report }).toMatchObject({ code: 0, report: { events: 30, dead_letters: 1 } });
      expect(report.aside).toBe(join(DATA_DIR, (await aside())[0] ?? ""));
      expect(await readdir(report.aside)).toContain(STATE_FILE);
      await start();
      await bring(messages("-again"));
      await stop();
      expect(await onBus()).toEqual(before);
      expect(counted().held).toBe(0);
    });

    test("counters that can be read are kept, and still add up", async () => {
      await start();
      await bring(messages());
      await stop();
      const before = counted();
      expect(before).toMatchObject({ taken: 33, delivered: 30, duplicates: 2, dead_lettered: 1 });
      expect((await rebuild()).report).toMatchObject({ counters: "kept" });
      expect(counted()).toEqual(before);
      await start();
      await bring(messages("-again"));
      await stop();
      expect(counted()).toMatchObject({ taken: 66, delivered: 30, duplicates: 35, dead_lettered: 1, held: 0 });
    });

    test("while a relay runs it touches nothing, and says so", async () => {
      await start();
      await bring(messages());
      expect(await rebuild()).toMatchObject({ code: 1, err: expect.stringContaining("is in use by another relay") });
      expect(await aside()).toEqual([]);
      await bring(messages("-again"));
      await stop();
      expect(counted()).toMatchObject({ delivered: 30, held: 0 });
    });
  });
}
