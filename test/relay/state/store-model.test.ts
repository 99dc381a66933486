import * as fc from "fast-check";
import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openStore } from "../../../relay/state/open-store.ts";
import { CONTENT } from "../../../relay/state/log/record.ts";
import { createMarkerList } from "../../../relay/state/marker-list.ts";
import type { MarkerState, MessageState, Store } from "../../../relay/state/store.ts";
import { claimOf, hash, hashOf, key, makeFolder } from "./store-rig.ts";

const NAMES = ["a", "b", "c", "d", "e"];
const MESSAGES = ["m1", "m2", "m3"];

interface Known {
  state: MarkerState;
  seen: number;
}

/** The store as it is meant: maps. */
class Model {
  readonly markers = new Map<string, Known>();
  readonly messages = new Map<string, MessageState>();
  running: { names: string[]; state: MarkerState; seen: number; message: string; done: number[] | undefined } | undefined;

  claim(names: string[], state: MarkerState, seen: number, message: string, done: number[] | undefined): void {
    this.running = { names, state, seen, message, done };
    if (!this.messages.has(message)) this.messages.set(message, "claimed");
  }

  settle(): void {
    for (const name of this.running!.names) this.markers.set(name, this.running!);
    this.messages.set(this.running!.message, this.running!.done ? { done: this.running!.done } : "settled");
    this.running = undefined;
  }

  marker(name: string): Known | undefined {
    if (!this.running?.names.includes(name)) return this.markers.get(name);
    return { state: "in_flight", seen: this.running.seen };
  }
}

const step = fc.record({
  names: fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 4 }),
  message: fc.constantFrom(...MESSAGES),
  done: fc.option(fc.uniqueArray(fc.nat(5), { maxLength: 3 }), { nil: undefined }),
  state: fc.constantFrom("published" as const, "dead_lettered" as const),
  end: fc.constantFrom("settle", "release", "again", "settle"),
  restart: fc.constantFrom("never", "under way", "after"),
  flush: fc.boolean(),
});

/** A key that reads as this text. */
const alike = (name: string) => new Uint32Array(new Uint8Array(Buffer.from(name)).buffer);

/** All that there is to know, of the store and of the model. */
function views(store: Store, model: Model): { store: unknown; model: unknown } {
  const found = NAMES.map((name) => store.marker(key(name)));
  return {
    store: {
      markers: found.map((marker) => marker && { state: marker.state, seen: marker.first_seen, hash: hashOf(marker) }),
      messages: MESSAGES.map((id) => store.message({ queue: "events", id })),
    },
    model: {
      markers: NAMES.map((name) => {
        const known = model.marker(name);
        return known && { state: known.state, seen: known.seen, hash: hash(name) };
      }),
      messages: MESSAGES.map((id) => model.messages.get(id)),
    },
  };
}

const expectSame = (both: { store: unknown; model: unknown }): void => expect(both.store).toEqual(both.model);

describe("the store beside a model of it", () => {
  test("knows what maps would know, over any claims, replanned ones, releases, settlements in part and restarts", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const folder = makeFolder();
        let now = 1_700_000_000_000;
        // Files of a few blocks, so that there are many.
        const open = (): Store => openStore(folder, { now: () => now, segmentSlots: 16 });
        let store = open();
        const restart = (): void => {
          store.close();
          store = open();
        };
        const model = new Model();
        try {
          let batch = 0;
          for (const { names, message, done, state, end, restart: when, flush } of steps) {
            now += 1_000;
            batch++;
            const claim = claimOf(names, message, state);
            if (end === "again") store.claim(batch, claimOf(NAMES, message));
            store.claim(batch, { ...claim, messages: [{ queue: "events", id: message, ...(done ? { done } : {}) }] });
            model.claim(names, state, now, message, done);
            if (when === "under way") restart();
            expectSame(views(store, model));
            expect(store.underWay().map(({ number }) => number)).toEqual([batch]);
            if (end === "release") {
              store.release(batch);
              model.running = undefined;
            } else {
              store.settle(batch);
              model.settle();
            }
            if (flush) store.flush();
            if (when === "after") restart();
            expectSame(views(store, model));
            expect(store.underWay()).toEqual([]);
            expect(store.lastBatch()).toBe(batch);
          }
        } finally {
          store.close();
          rmSync(folder, { recursive: true, force: true });
        }
      }),
      { numRuns: 60 },
    );
  });

  test("forgets whole batches from before the window, and no others, over any times and restarts", () => {
    const ages = fc.array(fc.record({ after: fc.nat(5), prune: fc.boolean(), restart: fc.boolean() }), { maxLength: 30 });
    fc.assert(
      fc.property(ages, (steps) => {
        const folder = makeFolder();
        let now = 1_700_000_000_000;
        const open = (): Store => openStore(folder, { now: () => now, segmentSlots: 12 });
        let store = open();
        const seen = new Map<number, number>();
        try {
          for (const [n, { after, prune, restart }] of steps.entries()) {
            now += after * 1_000;
            store.claim(n + 1, claimOf([n, `${n} too`]));
            seen.set(n, now);
            if (prune) {
              store.prune(now - 5_000);
              for (const [name, at] of seen) if (at < now - 5_000) seen.delete(name);
            }
            store.settle(n + 1);
            if (restart) {
              store.close();
              store = open();
            }
            for (let name = 0; name <= n; name++) expect(store.marker(key(name))?.first_seen).toBe(seen.get(name));
          }
        } finally {
          store.close();
          rmSync(folder, { recursive: true, force: true });
        }
      }),
      { numRuns: 60 },
    );
  });

  test("keys that are alike in everything that the table looks at are told apart", () => {
    const folder = makeFolder();
    const store = openStore(folder);
    const names = Array.from({ length: 3_000 }, (_, i) => String(i).padStart(16, "0"));
    const markers = createMarkerList();
    for (const [i, name] of names.entries()) markers.put(alike(name), 0, Uint32Array.of(i, 0, 0, 0, 0, 0), 0, false);
    store.claim(1, { markers, messages: [], taken: [], settled: [] });
    for (const [i, name] of names.entries()) {
      const { words, at } = store.marker(alike(name))!;
      expect(words[at + CONTENT]).toBe(i);
    }
    expect(store.marker(alike("x".repeat(16)))).toBeUndefined();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
});
