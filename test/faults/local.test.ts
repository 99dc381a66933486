import { describe, expect, test } from "vitest";
import { noSmallDisk } from "../services/small-disk.ts";
import { corruptStore } from "./scenarios/corrupt-store.ts";
import { diskFull } from "./scenarios/disk-full.ts";
import { kills } from "./scenarios/kills.ts";
import { poisonMessage } from "./scenarios/poison-message.ts";
import { problemsOf } from "./stage/problems-of.ts";

const noDisk = await noSmallDisk();

describe("a relay on the local bus", () => {
  test("killed at every named place and at random moments, has each event on the bus once, in order, and counted once", async () =>
    expect(await problemsOf(kills("local"))).toEqual([]));

  test("a message that takes the process down is quarantined after three lone crashes, and its neighbours are delivered", async () =>
    expect(await problemsOf(poisonMessage("local"))).toEqual([]));

  test("a store that was damaged is refused by name, and rebuilt by sightline dedup rebuild: each event is on the bus once", async () =>
    expect(await problemsOf(corruptStore("local"))).toEqual([]));

  describe.skipIf(noDisk !== "")(`on a small disk ${noDisk}`, () => {
    test("without room takes nothing and says why, goes on by itself, and has lost nothing that it acked", async () =>
      expect(await problemsOf(diskFull("local"))).toEqual([]));
  });
});
