/** A file of lines that is written a piece at a time. */
import { closeSync, createReadStream, openSync, writeSync } from "node:fs";

/** A file that is written. */
export interface LineFile {
  readonly path: string;
  /** Bytes of the longest line. */
  readonly longest: number;
  /** Adds a line: text of ASCII, and bytes behind it. None of them has a line feed. */
  write(text: string, bytes?: Buffer): void;
  /** No more is written; what was is in the file. */
  end(): void;
  /** The lines of the file, a character a byte. */
  lines(): AsyncGenerator<string>;
}

/** Written at a time. */
const PIECE_BYTES = 1 << 18;
const NOTHING = Buffer.alloc(0);
const NEWLINE = 0x0a;

/** Begins a file, which only its owner may read. */
export function createLineFile(path: string): LineFile {
  const file = openSync(path, "w", 0o600);
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let used = 0;
  let longest = 0;
  const drain = (): void => {
    writeAll(file, piece.subarray(0, used));
    used = 0;
  };
  return {
    path,
    get longest() {
      return longest;
    },
    write(text, bytes = NOTHING) {
      const length = text.length + bytes.length + 1;
      longest = Math.max(longest, length);
      if (used + length > PIECE_BYTES) drain();
      if (length > PIECE_BYTES) return writeAll(file, Buffer.concat([Buffer.from(text), bytes, Buffer.of(NEWLINE)]));
      used += piece.write(text, used, "latin1");
      used += bytes.copy(piece, used);
      piece[used++] = NEWLINE;
    },
    end() {
      drain();
      closeSync(file);
    },
    async *lines() {
      let rest = "";
      for await (const chunk of createReadStream(path, "latin1")) {
        const lines = (rest + String(chunk)).split("\n");
        rest = lines.pop()!;
        yield* lines;
      }
    },
  };
}

/** JSON without a character beyond ASCII. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[\u0080-\uFFFF]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}
