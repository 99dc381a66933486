/** A partition that is being read: what of it was fetched and not handed over yet. */
import type { StoredRecord } from "../../../port/record.ts";
import type { Decoded } from "../wire/decode.ts";
import type { Place } from "./offsets.ts";

/** What is handed over next: a record, or how far the partition has nothing that anybody could see. */
export type Step = { record: StoredRecord } | { passed: bigint };

/** A lane. */
export interface Lane extends Place {
  name: string;
  /** False: it is somebody else's, and what comes for it is dropped. */
  isOwn: boolean;
  /** What is planned of it; empty where nothing is. */
  plan: string;
  /** First offset that was not fetched; undefined while it is being looked up. */
  position: bigint | undefined;
  isBeingFetched: boolean;
  /** Fetched, and not handed over. */
  buffered: number;
  /** Bytes of the responses, unpacked, that hold these, and those that were handed over of them. */
  bytes: number;
  /** Handed over, and not acknowledged. */
  unfinished: number;
  put(decoded: Decoded): void;
  take(): Step | undefined;
}

/** Makes it. */
export function createLane({ topic, partition }: Place, name: string): Lane {
  const chunks: { records: StoredRecord[]; at: number; next: bigint; bytes: number }[] = [];
  return {
    topic,
    partition,
    name,
    isOwn: true,
    plan: "",
    position: undefined,
    isBeingFetched: false,
    buffered: 0,
    bytes: 0,
    unfinished: 0,
    put({ records, next, bytes }) {
      if (next === this.position) return;
      this.position = next;
      this.buffered += records.length;
      this.bytes += bytes;
      chunks.push({ records, at: 0, next, bytes });
    },
    take() {
      const [chunk] = chunks;
      if (chunk === undefined) return undefined;
      const record = chunk.records[chunk.at++];
      if (record !== undefined) {
        this.buffered--;
        return { record };
      }
      chunks.shift();
      this.bytes -= chunk.bytes;
      return { passed: chunk.next - 1n };
    },
  };
}
