/**
 * Finds the message that takes the process down, and tells it from those that were merely there.
 *
 * What is worked on is noted on the disk before it is decoded. Whatever a new process finds there is suspect, and is worked on alone,
 * one message at a time. One that was alone each time that the process ended so, three times, is poison. While its batch is with the bus
 * the process waits, and what ends it then is rarely the message: it takes ten of these. The note is not synced: it has to outlive the
 * process, and not the machine.
 */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS } from "../lib/day.ts";
import type { MessageRef } from "./store.ts";
import { openTwinFile } from "./twin-file.ts";

/** Lone crashes that make a message poison. */
const MOST_CRASHES = 3;
/** The same of those while its batch was with the bus. */
const MOST_LATE_CRASHES = 10;
const FILE = "working";
/** What versions before wrote. */
const OLD_FILE = "working.json";
/** A suspect that does not come again is forgotten, milliseconds: the time that a queue keeps a message, twice. */
const FORGET_MS = 28 * DAY_MS;

export interface Suspects {
  /** The process works on these from now on, until `end`. */
  begin(refs: readonly MessageRef[]): void;
  /** The batch of the one that is worked on alone goes to the bus now. */
  handOver(): void;
  /** These are worked on no more; of them these are acked, and so cleared. What is given back stays as suspect as it was. */
  end(refs: readonly MessageRef[], acked: readonly MessageRef[]): void;
  /** The process ends in order: nothing that it still works on is to blame. */
  close(): void;
  /** Whether a message must be worked on alone. */
  isSuspect(ref: MessageRef): boolean;
  /** Whether a message has taken the process down too often. */
  isPoison(ref: MessageRef): boolean;
}

interface Suspect {
  /** Times that the process ended while it worked on this message alone. */
  crashes: number;
  /** Times that it ended so while the bus had the message's batch. */
  late: number;
  /** Milliseconds since 1970. */
  since: number;
}

interface FileContent {
  working: string[];
  /** Their batch is with the bus. */
  isWithBus: boolean;
  suspects: Record<string, Suspect>;
}

/** Reads what the process before was at when it ended. */
export function openSuspects(dataDir: string, now: () => number = Date.now): Suspects {
  const file = openTwinFile(join(dataDir, FILE));
  const old = join(dataDir, OLD_FILE);
  const { working: left, isWithBus: wasLate, suspects: before } = parse(file.text ?? textOf(old));
  const suspects = new Map(Object.entries(before).filter(([, { since }]) => now() - since < FORGET_MS));
  const lone = left.length === 1 && suspects.has(left[0]!) ? left[0] : undefined;
  for (const name of left) {
    const suspect = { crashes: 0, late: 0, since: now(), ...suspects.get(name) };
    if (name === lone) suspect[wasLate ? "late" : "crashes"]++;
    suspects.set(name, suspect);
  }
  const working = new Set<string>();
  let isWithBus = false;
  const write = (): void => {
    const content: FileContent = { working: [...working], isWithBus, suspects: Object.fromEntries(suspects) };
    // On a disk without room there is no note then, and without one no message is suspect; the store says so.
    file.write(JSON.stringify(content));
  };
  if (left.length > 0) write();
  rmSync(old, { force: true });
  return {
    begin(refs) {
      isWithBus = false;
      for (const ref of refs) working.add(nameOf(ref));
      write();
    },
    handOver() {
      isWithBus = true;
      // Of those that are not suspect alone nothing is counted.
      if (working.size === 1 && suspects.has([...working][0]!)) write();
    },
    end(refs, acked) {
      for (const ref of refs) working.delete(nameOf(ref));
      const cleared = acked.filter((ref) => suspects.delete(nameOf(ref)));
      // What else is worked on is written with what comes next; an acked message that is still in the file does not come again.
      if (cleared.length > 0 || working.size === 0) write();
    },
    close() {
      working.clear();
      write();
    },
    isSuspect: (ref) => suspects.has(nameOf(ref)),
    isPoison(ref) {
      const { crashes, late } = suspects.get(nameOf(ref)) ?? { crashes: 0, late: 0 };
      return crashes >= MOST_CRASHES || late >= MOST_LATE_CRASHES;
    },
  };
}

function nameOf({ queue, id }: MessageRef): string {
  return `${queue} ${id}`;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** Where there is no note, or none that can be read, no message is suspect: the worst is that a crash is not counted. */
function parse(text = "{}"): FileContent {
  try {
    const { working = [], isWithBus = false, suspects = {} } = JSON.parse(text) as Partial<FileContent>;
    return { working, isWithBus, suspects };
  } catch {
    return { working: [], isWithBus: false, suspects: {} };
  }
}
