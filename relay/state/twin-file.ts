/**
 * A text that outlives the process, and is cheap to write: in place, into one of two files in turn, so that a process that ends in the middle leaves
 * the text before. A new file and a rename would be a hundred times as long. It is not synced: it does not outlive the machine.
 */
import { closeSync, constants, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";

export interface TwinFile {
  /** The text that was there when it was opened; undefined where there was none. */
  readonly text: string | undefined;
  /** Writes another one. Where the disk has no room there is none then. */
  write(text: string): void;
}

/** Opens the two files `${path}.0` and `${path}.1`. */
export function openTwinFile(path: string): TwinFile {
  const names = [`${path}.0`, `${path}.1`] as const;
  const [a, b] = [read(names[0]), read(names[1])];
  const newest = (a?.n ?? 0) > (b?.n ?? 0) ? a : b;
  const handles: (number | undefined)[] = [];
  let n = newest?.n ?? 0;
  const drop = (): void => {
    for (const handle of handles.splice(0)) if (handle !== undefined) closeSync(handle);
    for (const name of names) rmSync(name, { force: true });
  };
  return {
    text: newest?.text,
    write(text) {
      const which = ++n % 2;
      const body = Buffer.from(text);
      const bytes = Buffer.concat([Buffer.from(`${n} ${body.length} ${crc32(body)}\n`), body]);
      try {
        const handle = (handles[which] ??= openSync(names[which] as string, constants.O_RDWR | constants.O_CREAT, 0o600));
        for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done, bytes.length - done, done);
      } catch {
        // What they say is not true any more.
        drop();
      }
    },
  };
}

/** What one file says; undefined where it is not whole. What follows is left of a longer text. */
function read(name: string): { n: number; text: string } | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(name);
  } catch {
    return undefined;
  }
  const end = bytes.indexOf("\n");
  const [n, length, crc] = bytes.toString("latin1", 0, Math.max(0, end)).split(" ").map(Number);
  const body = bytes.subarray(end + 1, end + 1 + (length ?? 0));
  return n !== undefined && n > 0 && body.length === length && crc32(body) === crc ? { n, text: body.toString() } : undefined;
}
