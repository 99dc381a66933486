import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSuspects, type Suspects } from "../../../relay/state/suspects.ts";

const [a, b, c] = ["a", "b", "c"].map((id) => ({ queue: "events", id })) as [Ref, Ref, Ref];
interface Ref {
  queue: string;
  id: string;
}

const suspectsOf = (suspects: Suspects) => [a, b, c].filter((ref) => suspects.isSuspect(ref)).map(({ id }) => id);

describe("openSuspects", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "sightline-suspects-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A process that ends while it works on these. */
  const crash = (...refs: Ref[]): void => openSuspects(folder).begin(refs);

  test("what was worked on when the process ended is suspect, and nothing else is", () => {
    const first = openSuspects(folder);
    first.begin([a, b]);
    first.end([a], [a]);
    first.begin([c]);
    expect(suspectsOf(openSuspects(folder))).toEqual(["b", "c"]);
  });

  test("three ends alone make a message poison; two do not", () => {
    crash(a);
    crash(a);
    crash(a);
    expect(openSuspects(folder).isPoison(a)).toBe(false);
    crash(a);
    expect(openSuspects(folder).isPoison(a)).toBe(true);
  });

  test("an end while its batch is with the bus is rarely the message's fault: ten of these make it poison, nine do not", () => {
    const crashWithBus = (): void => {
      const suspects = openSuspects(folder);
      suspects.begin([a]);
      suspects.handOver();
    };
    // Of the first nothing is counted: it was not suspect before.
    for (let i = 0; i < 10; i++) crashWithBus();
    expect(openSuspects(folder).isPoison(a)).toBe(false);
    crashWithBus();
    expect(openSuspects(folder).isPoison(a)).toBe(true);
  });

  test("what is begun after another was with the bus is with the relay again", () => {
    crash(a);
    for (let i = 0; i < 3; i++) {
      const suspects = openSuspects(folder);
      suspects.begin([b]);
      suspects.handOver();
      suspects.end([b], [b]);
      suspects.begin([a]);
    }
    expect(openSuspects(folder).isPoison(a)).toBe(true);
  });

  test("ends among others count against nobody", () => {
    for (let i = 0; i < 5; i++) crash(a, b);
    expect(suspectsOf(openSuspects(folder))).toEqual(["a", "b"]);
    expect([a, b].map((ref) => openSuspects(folder).isPoison(ref))).toEqual([false, false]);
  });

  test("a message that got through alone is cleared, whatever was before", () => {
    for (let i = 0; i < 3; i++) crash(a);
    const third = openSuspects(folder);
    third.begin([a]);
    third.end([a], [a]);
    crash(a);
    expect(openSuspects(folder).isPoison(a)).toBe(false);
  });

  test("a message that was given back alone stays as suspect as it was", () => {
    for (let i = 0; i < 4; i++) crash(a);
    const next = openSuspects(folder);
    next.begin([a]);
    next.end([a], []);
    expect(next.isPoison(a)).toBe(true);
    expect(openSuspects(folder).isPoison(a)).toBe(true);
  });

  test("a process that ends in order accuses nobody of what it leaves under way", () => {
    for (let i = 0; i < 3; i++) crash(a);
    const stopped = openSuspects(folder);
    stopped.begin([a, b]);
    stopped.close();
    expect(suspectsOf(openSuspects(folder))).toEqual(["a"]);
    expect(openSuspects(folder).isPoison(a)).toBe(false);
  });

  test("one message of two queues is two messages", () => {
    for (let i = 0; i < 4; i++) crash(a);
    expect(openSuspects(folder).isPoison({ queue: "rejects", id: "a" })).toBe(false);
  });

  test("a suspect that does not come again is forgotten", () => {
    const started = Date.now();
    crash(a);
    openSuspects(folder).isSuspect(a);
    expect(openSuspects(folder, () => started + 29 * 86_400_000).isSuspect(a)).toBe(false);
  });

  test("a note that is cut off anywhere leaves the one before, and no note accuses nobody", () => {
    const note = join(folder, "working.0");
    const noteBoth = (): number => {
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
      const suspects = openSuspects(folder);
      suspects.begin([a]);
      suspects.begin([b]);
      return statSync(note).size;
    };
    const size = noteBoth();
    expect(suspectsOf(openSuspects(folder))).toEqual(["a", "b"]);
    for (let left = 0; left < size; left++) {
      noteBoth();
      truncateSync(note, left);
      expect(suspectsOf(openSuspects(folder))).toEqual(["a"]);
    }
    noteBoth();
    for (const name of ["working.0", "working.1"]) writeFileSync(join(folder, name), "no note");
    expect(suspectsOf(openSuspects(folder))).toEqual([]);
  });

  test("what a version before noted is read, once", () => {
    writeFileSync(join(folder, "working.json"), JSON.stringify({ working: ["events a"], isWithBus: false, suspects: {} }));
    expect(suspectsOf(openSuspects(folder))).toEqual(["a"]);
    expect(readdirSync(folder)).not.toContain("working.json");
    expect(suspectsOf(openSuspects(folder))).toEqual(["a"]);
  });
});
