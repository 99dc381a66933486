/**
 * A process of its own that fills stores and says what it measured as lines of JSON. Arguments: folder and numbers of keys, separated by
 * commas; or the folder of one store and `start`, to measure the start alone.
 */
import { randomFillSync } from "node:crypto";
import { join } from "node:path";
import process from "node:process";
import { KEY_WORDS } from "../../relay/state/keys.ts";
import { WORDS } from "../../relay/state/log/record.ts";
import { createMarkerList } from "../../relay/state/marker-list.ts";
import { openStore } from "../../relay/state/open-store.ts";
import type { Claim, Store } from "../../relay/state/store.ts";

/** Events of a round, keys of an event, and events of a message. */
const EVENTS = 1_500;
const KEYS = 3;
const PACK = 25;
/** Words that an event gives its markers: its content hash, and its owner. */
const EVENT_WORDS = 6;
/** Rounds that are measured at each size. */
const ROUNDS = 60;

const cpuMs = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

/** A round of new events, as many keys an event as a small exposure has. */
function makeRound(n: number): Claim {
  const words = randomFillSync(new Uint32Array(EVENTS * (KEYS * KEY_WORDS + EVENT_WORDS)));
  const markers = createMarkerList();
  for (let i = 0; i < EVENTS * KEYS; i++) {
    const event = EVENTS * KEYS * KEY_WORDS + Math.floor(i / KEYS) * EVENT_WORDS;
    words[event + EVENT_WORDS - 1]! &= 0xffffff00;
    markers.put(words, i * KEY_WORDS, words, event, false);
  }
  const messages = Array.from({ length: EVENTS / PACK }, (_, i) => ({
    queue: "sightline-events",
    id: `${n}-${i}-0123456789abcdef`,
  }));
  const row = { tenant_id: "t1", surface: "home", event_type: "exposure", n: EVENTS };
  return { markers, messages, taken: [{ ...row, fate: "taken" }], settled: [{ ...row, fate: "delivered" }] };
}

/** What the relay does with a round: asks for each key and message, claims, settles. */
function run(store: Store, number: number, round: Claim): void {
  const { words, count } = round.markers;
  for (let i = 1; i <= count; i++) if (store.marker(words, i * WORDS)) throw new Error("expected a new key");
  for (const message of round.messages) store.message(message);
  store.claim(number, round);
  store.settle(number);
}

/** Fills a store. */
async function fill(store: Store, keys: number): Promise<void> {
  for (let number = store.lastBatch(); store.size().keys < keys;) {
    run(store, ++number, makeRound(number));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Rounds on stores of several sizes in turn, so that whatever else the machine does falls on all. */
async function measure(folder: string, sizes: number[]): Promise<void> {
  const rows = [];
  for (const size of sizes) {
    const store = openStore(join(folder, String(size)));
    await fill(store, size);
    rows.push({ store, keys: store.size().keys, claims: EVENTS * KEYS, wall: [] as number[], cpu: [] as number[] });
  }
  for (let n = 0; n < ROUNDS; n++) {
    for (const { store, wall, cpu } of rows) {
      const number = store.lastBatch() + 1;
      const round = makeRound(number);
      const usage = process.cpuUsage();
      const from = performance.now();
      run(store, number, round);
      wall.push(performance.now() - from);
      cpu.push(cpuMs(usage));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  for (const { store, ...row } of rows) {
    console.log(JSON.stringify(row));
    store.close();
  }
}

const [folder = "", what = ""] = process.argv.slice(2);
if (what === "start") {
  const usage = process.cpuUsage();
  const from = performance.now();
  const store = openStore(folder);
  console.log(
    JSON.stringify({
      ms: performance.now() - from,
      cpuMs: cpuMs(usage),
      keys: store.size().keys,
      rss: process.memoryUsage.rss(),
    }),
  );
  store.close();
} else await measure(folder, what.split(",").map(Number));
