/**
 * Records in a file that DuckDB reads: a line each, the value with what the bus says of it put before its first member. So a line is JSON
 * where the value is, and a value that is none disturbs no other one.
 */
import { randomBytes } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import type { StoredRecord } from "../../bus/port/record.ts";

/** Names of the members that are put before the others, none of which can have them. */
export interface PlaceNames {
  topic: string;
  partition: string;
  offset: string;
  published_at: string;
}

/** A file that is written. */
export interface RecordFile {
  readonly path: string;
  readonly names: PlaceNames;
  /** Bytes of what was written. */
  readonly bytes: number;
  /** Bytes of the longest line. */
  readonly longest: number;
  write(record: StoredRecord): void;
  /** No more is written; what was is in the file. */
  end(): void;
}

const BUFFER_BYTES = 1 << 20;
const [OPEN, NEWLINE, RETURN] = [0x7b, 0x0a, 0x0d];

/** Begins a file, which only its owner may read. */
export function createRecordFile(path: string): RecordFile {
  const file = openSync(path, "w", 0o600);
  const secret = randomBytes(8).toString("hex");
  const names: PlaceNames = {
    topic: `${secret}t`,
    partition: `${secret}p`,
    offset: `${secret}o`,
    published_at: `${secret}a`,
  };
  const heads = new Map<string, string>();
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  let used = 0;
  let bytes = 0;
  let longest = 0;

  const drain = (): void => {
    writeAll(file, buffer.subarray(0, used));
    used = 0;
  };
  const headOf = ({ topic, partition }: StoredRecord): string => {
    const key = `${partition} ${topic}`;
    const known = heads.get(key);
    if (known !== undefined) return known;
    const head = `{"${names.topic}":${ascii(topic)},"${names.partition}":${partition},"${names.offset}":`;
    heads.set(key, head);
    return head;
  };
  return {
    path,
    names,
    get bytes() {
      return bytes;
    },
    get longest() {
      return longest;
    },
    write(record) {
      const value = memberBytes(record.value);
      const head = `${headOf(record)}${record.offset},"${names.published_at}":"${record.publishedAt}"${value ? "," : "}"}`;
      const length = head.length + (value?.length ?? 0) + 1;
      bytes += length;
      longest = Math.max(longest, length);
      if (used + length > BUFFER_BYTES) drain();
      if (length > BUFFER_BYTES) {
        writeAll(file, Buffer.concat([Buffer.from(head), value ?? Buffer.alloc(0), Buffer.from("\n")]));
        return;
      }
      used += buffer.write(head, used, "latin1");
      if (value) used += value.copy(buffer, used);
      buffer[used++] = NEWLINE;
    },
    end() {
      drain();
      closeSync(file);
    },
  };
}

/** What follows the first brace of an object, on one line; undefined where there is no brace. */
function memberBytes(value: Buffer): Buffer | undefined {
  if (value[0] === OPEN && !value.includes(NEWLINE) && !value.includes(RETURN)) return value.subarray(1);
  const text = value
    .toString("latin1")
    .replaceAll(/[\r\n]/g, " ")
    .replace(/^[ \t]+/, "");
  return text.startsWith("{") ? Buffer.from(text.slice(1), "latin1") : undefined;
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

/** JSON of a text without a character beyond ASCII. */
function ascii(text: string): string {
  return JSON.stringify(text).replaceAll(/[\u0080-\uFFFF]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
