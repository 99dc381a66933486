/** A batch that is being gathered: its records in a file for DuckDB, and beside it what a dead letter would need of each. */
import { rmSync } from "node:fs";
import type { StoredRecord } from "../../bus/port/record.ts";
import type { Delivery } from "../../bus/port/subscriber.ts";
import { asciiJson, createLineFile } from "../duckdb/line-file.ts";
import { createRecordFile, type RecordFile } from "../duckdb/record-file.ts";
import type { Plan } from "./plan.ts";

/** A batch. */
export interface Batch {
  /** What it obeys; undefined: it closes where the settings say. */
  readonly plan: Plan | undefined;
  /** From the first record to the last, or as planned. */
  readonly range: Plan;
  readonly records: number;
  /** Bytes of the values. */
  readonly bytes: number;
  readonly file: RecordFile;
  add(delivery: Delivery): void;
  /** No more is added. */
  end(): void;
  /** Acknowledges all of it. */
  ack(): void;
  /** The records at some offsets, as they came. */
  find(offsets: ReadonlySet<bigint>): AsyncGenerator<StoredRecord>;
  /** Takes its files away. */
  remove(): void;
}

/** What the line of a record does not say; the value where that was not kept. */
type Head = [offset: string, key: string, headers: Record<string, string>, value?: string];

/** Begins one, whose files have names that begin with `path`. */
export function createBatch(path: string, first: bigint, plan: Plan | undefined): Batch {
  const file = createRecordFile(`${path}.ndjson`);
  const heads = createLineFile(`${path}.heads`);
  const acks: (() => void)[] = [];
  let bytes = 0;
  let last = first;
  return {
    plan,
    file,
    get range() {
      return plan ?? { from: first, to: last };
    },
    get records() {
      return acks.length;
    },
    get bytes() {
      return bytes;
    },
    add(delivery) {
      const { offset, key, headers, value, isTombstone } = delivery.record;
      acks.push(delivery.ack);
      last = offset;
      // It says that its key is gone: there is no event in it.
      if (isTombstone) return;
      bytes += value.length;
      const isKept = file.write(delivery.record);
      const head: Head = [String(offset), key, headers, ...(isKept ? [] : [value.toString("base64")])] as Head;
      heads.write(asciiJson(head));
    },
    end() {
      file.end();
      heads.end();
    },
    ack() {
      for (const ack of acks) ack();
    },
    async *find(offsets) {
      const found = new Map<bigint, Head>();
      for await (const line of heads.lines()) {
        const head = JSON.parse(line) as Head;
        if (offsets.has(BigInt(head[0]))) found.set(BigInt(head[0]), head);
      }
      for await (const { topic, partition, offset, publishedAt, value } of file.lines()) {
        const head = found.get(offset);
        if (head === undefined) continue;
        const [, key, headers, whole] = head;
        yield {
          topic,
          partition,
          offset,
          publishedAt,
          key,
          headers,
          value: whole === undefined ? value! : Buffer.from(whole, "base64"),
        };
      }
    },
    remove() {
      for (const one of [file, heads]) rmSync(one.path, { force: true });
    },
  };
}
