/**
 * Records in a file that DuckDB reads: a line each, the value with what the bus says of it put before its first member. So a line is JSON
 * where the value is, and a value that is none disturbs no other one.
 */
import { randomBytes } from "node:crypto";
import type { StoredRecord } from "../../bus/port/record.ts";
import { asciiJson, createLineFile } from "./line-file.ts";

/** Names of the members that are put before the others, none of which can have them. */
export interface PlaceNames {
  topic: string;
  partition: string;
  offset: string;
  published_at: string;
}

/** A line, read again. */
export interface RecordLine extends Pick<StoredRecord, "topic" | "partition" | "offset" | "publishedAt"> {
  /** The members that were put before the others, as an object of their own. */
  place: string;
  /** All of it, a character a byte. */
  whole: string;
  /** The value; undefined where it was not kept. */
  value: Buffer | undefined;
}

/** A file that is written. */
export interface RecordFile {
  readonly path: string;
  readonly names: PlaceNames;
  readonly records: number;
  /** Bytes of the longest line. */
  readonly longest: number;
  /** Adds a record; false where its value was not kept as it is: it has line breaks, or is no object at all. */
  write(record: StoredRecord): boolean;
  /** No more is written; what was is in the file. */
  end(): void;
  /** What is in it. */
  lines(): AsyncGenerator<RecordLine>;
}

const [OPEN, NEWLINE, RETURN] = [0x7b, 0x0a, 0x0d];

/** Begins a file, which only its owner may read. */
export function createRecordFile(path: string): RecordFile {
  const file = createLineFile(path);
  const secret = randomBytes(8).toString("hex");
  const names: PlaceNames = { topic: `${secret}t`, partition: `${secret}p`, offset: `${secret}o`, published_at: `${secret}a` };
  const heads = new Map<string, string>();
  let records = 0;
  const headOf = ({ topic, partition }: StoredRecord): string => {
    const key = `${partition} ${topic}`;
    const known = heads.get(key);
    if (known !== undefined) return known;
    const head = `{"${names.topic}":${asciiJson(topic)},"${names.partition}":${partition},"${names.offset}":`;
    heads.set(key, head);
    return head;
  };
  return {
    path,
    names,
    get records() {
      return records;
    },
    get longest() {
      return file.longest;
    },
    write(record) {
      const { offset, publishedAt, value } = record;
      const isKept = value[0] === OPEN && !value.includes(NEWLINE) && !value.includes(RETURN);
      const members = isKept ? value.subarray(1) : onOneLine(value);
      records++;
      const head = `${headOf(record)}${offset},"${names.published_at}":"${publishedAt}"`;
      if (members === undefined) file.write(`${head}}`);
      else file.write(`${head},`, members);
      return isKept;
    },
    end: () => file.end(),
    async *lines() {
      for await (const line of file.lines()) {
        const end = line.indexOf('"', line.indexOf(`"${names.published_at}":"`) + names.published_at.length + 4);
        const place = `${line.slice(0, end + 1)}}`;
        const { [names.topic]: topic, [names.partition]: partition, [names.published_at]: publishedAt } = JSON.parse(place);
        const offset = BigInt(/:(\d+),[^,]*$/.exec(place)![1]!);
        const value = line[end + 1] === "," ? Buffer.from(`{${line.slice(end + 2)}`, "latin1") : undefined;
        yield { place, whole: line, topic, partition, offset, publishedAt, value };
      }
    },
  };
}

/** What follows the first brace of an object, on one line; undefined where there is no brace. */
function onOneLine(value: Buffer): Buffer | undefined {
  const text = value
    .toString("latin1")
    .replaceAll(/[\r\n]/g, " ")
    .replace(/^[ \t]+/, "");
  return text.startsWith("{") ? Buffer.from(text.slice(1), "latin1") : undefined;
}
