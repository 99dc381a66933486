import {
  closeSync,
  copyFileSync,
  cpSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { STATE_FILE } from "../../../relay/state/counters.ts";
import { StateError } from "../../../relay/lib/database.ts";
import { openStore } from "../../../relay/state/open-store.ts";
import type { Store } from "../../../relay/state/store.ts";
import { claimOf, key, logFiles, makeFolder } from "./store-rig.ts";

const RECORD = 48;

/** Changes one bit of a file. */
function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at]! ^= 0x40;
  const handle = openSync(file, "r+");
  writeSync(handle, bytes, at, 1, at);
  closeSync(handle);
}

describe("a store whose files are not as they were left", () => {
  let folder: string;
  let store: Store | undefined;
  beforeEach(() => void (folder = makeFolder()));
  afterEach(() => {
    store?.close();
    store = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  /** Batches of two events each, settled, in files of about three batches. */
  const fill = (batches: number): void => {
    const filled = openStore(folder, { segmentSlots: 10 });
    for (let n = 1; n <= batches; n++) {
      filled.claim(n, claimOf([`${n}a`, `${n}b`]));
      filled.settle(n);
    }
    filled.close();
  };
  /** What the refusal to open says. */
  const refusal = (): string => {
    try {
      openStore(folder).close();
    } catch (error) {
      if (error instanceof StateError) return error.message;
      throw error;
    }
    return "not refused";
  };
  /** Opens the store until each file but the last has its index. */
  const indexed = async (): Promise<string[]> => {
    const opened = openStore(folder);
    await expect.poll(() => logFiles(folder, ".idx").length).toBe(logFiles(folder).length - 1);
    opened.close();
    return logFiles(folder, ".idx");
  };

  test("a block that was not committed, cut at any byte, is cut off, and nothing else", () => {
    fill(2);
    const file = logFiles(folder).at(-1)!;
    const end = statSync(file).size;
    const stateDb = join(folder, STATE_FILE);
    copyFileSync(stateDb, `${stateDb}.before`);
    const next = openStore(folder);
    next.claim(3, claimOf(["3a", "3b"]));
    next.close();
    const torn = readFileSync(file);
    expect(torn.length).toBe(end + 3 * RECORD);
    for (let size = end; size <= torn.length; size++) {
      copyFileSync(`${stateDb}.before`, stateDb);
      writeFileSync(file, torn.subarray(0, size));
      const opened = openStore(folder);
      expect(statSync(file).size).toBe(end);
      expect(["2a", "2b", "3a", "3b"].map((name) => opened.marker(key(name))?.state)).toEqual([
        "published",
        "published",
        undefined,
        undefined,
      ]);
      opened.close();
    }
  });

  test("a log that is shorter than what was committed, by any number of bytes, is refused", () => {
    fill(2);
    const file = logFiles(folder).at(-1)!;
    const size = statSync(file).size;
    const whole = readFileSync(file);
    for (let cut = 1; cut <= 3 * RECORD; cut++) {
      writeFileSync(file, whole.subarray(0, size - cut));
      expect(refusal()).toMatch(/00000001\.log is damaged.*sightline dedup rebuild/s);
    }
  });

  test("a flipped bit in any byte of the last file is found at the start, and the file is left as it is", () => {
    fill(2);
    const file = logFiles(folder).at(-1)!;
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at++) {
      flip(file, at);
      expect(refusal()).toMatch(/00000001\.log is damaged.*sightline dedup rebuild/s);
      writeFileSync(file, whole);
    }
  });

  test("a flipped bit in an older file is found when its key is asked for, and then nothing is taken any more", async () => {
    fill(12);
    await indexed();
    const [file] = logFiles(folder);
    const broken: StateError[] = [];
    // The second record of the first block: byte 0 of its key.
    flip(file!, 3 * RECORD);
    store = openStore(folder, { onBroken: (error) => broken.push(error) });
    expect(store.marker(key("1a"))?.state).toBe("published");
    expect(() => store!.marker(key("1b"))).toThrow(/00000001\.log is damaged/);
    expect(broken).toHaveLength(1);
    expect(() => store!.marker(key("new"))).toThrow(StateError);
    expect(() => store!.claim(13, claimOf(["new"]))).toThrow(StateError);
  });

  test("a flipped bit anywhere in an older file is found by a scrub", async () => {
    fill(6);
    await indexed();
    const [file] = logFiles(folder);
    const whole = readFileSync(file!);
    for (let at = RECORD; at < whole.length; at += 7) {
      flip(file!, at);
      store = openStore(folder);
      await expect(store.scrub(1e12)).rejects.toThrow(/00000001\.log is damaged/);
      expect(() => store!.claim(7, claimOf(["new"]))).toThrow(StateError);
      store.close();
      writeFileSync(file!, whole);
    }
    store = openStore(folder);
    expect(await store.scrub(1e12)).toBeGreaterThan(whole.length);
  });

  test("an index of the log that is damaged, cut, or missing is built again", async () => {
    fill(12);
    const indexes = await indexed();
    const whole = readFileSync(indexes[0]!);
    rmSync(indexes[1]!);
    truncateSync(indexes[2]!, 100);
    flip(indexes[0]!, whole.length - 3);
    store = openStore(folder);
    for (let n = 1; n <= 12; n++) expect(store.marker(key(`${n}a`))?.state).toBe("published");
    await expect
      .poll(() => readFileSync(indexes[0]!).equals(whole) && logFiles(folder, ".idx").length === indexes.length)
      .toBe(true);
  });

  test("a missing file of the log is refused, and so is a log without relay.db", () => {
    fill(12);
    const [first] = logFiles(folder);
    rmSync(first!);
    expect(refusal()).toMatch(/00000001\.log is damaged: it cannot be opened/);
    rmSync(join(folder, STATE_FILE));
    expect(refusal()).toMatch(/relay\.db is missing/);
  });

  test("a relay.db older than the log is refused: to go on would be to forget what was published since", () => {
    fill(2);
    const stateDb = join(folder, STATE_FILE);
    copyFileSync(stateDb, `${stateDb}.old`);
    const later = openStore(folder, { segmentSlots: 10 });
    for (let n = 3; n <= 12; n++) later.claim(n, claimOf([`${n}a`, `${n}b`]));
    later.close();
    const sizes = logFiles(folder).map((file) => statSync(file).size);
    copyFileSync(`${stateDb}.old`, stateDb);
    expect(refusal()).toMatch(/relay\.db is older than .*sightline dedup rebuild/s);
    expect(logFiles(folder).map((file) => statSync(file).size)).toEqual(sizes);
  });

  test("a file of another store is refused", () => {
    fill(12);
    const other = makeFolder();
    const theirs = openStore(other, { segmentSlots: 10 });
    for (let n = 1; n <= 12; n++) theirs.claim(n, claimOf([`${n}a`, `${n}b`]));
    theirs.close();
    cpSync(logFiles(other)[1]!, logFiles(folder)[1]!);
    rmSync(other, { recursive: true, force: true });
    expect(refusal()).toMatch(/00000002\.log is damaged: it does not begin as a file of this store does/);
  });

  test("a store of the version before is refused with the way out, and left as it is", () => {
    const file = join(folder, STATE_FILE);
    const db = new DatabaseSync(file);
    db.exec("CREATE TABLE markers (key BLOB PRIMARY KEY, owner TEXT); INSERT INTO markers VALUES (x'00', 'event-1')");
    db.close();
    const before = readFileSync(file);
    expect(refusal()).toMatch(/earlier version.*sightline dedup rebuild/s);
    const after = new DatabaseSync(file, { readOnly: true });
    expect(after.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table'").get()).toEqual({ n: 1 });
    after.close();
    expect(readFileSync(file).length).toBe(before.length);
  });
});
