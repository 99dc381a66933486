import { randomBytes } from "node:crypto";
import { writeBlock } from "./block-writer.ts";
import type { Committer } from "./committer.ts";
import type { CounterTable } from "./counter-table.ts";
import { StoreFailed } from "../lib/database.ts";
import { diskError } from "./log/disk.ts";
import type { Block, KeyLog } from "./log/key-log.ts";
import type { BatchRow, StateChange, SettledLines } from "./state-rows.ts";
import { hashKey, partOf } from "./log/key-table.ts";
import type { Keys } from "./keys.ts";
import { WORDS } from "./log/record.ts";
import type { PendingChanges } from "./pending-changes.ts";
import type { Claim, Store } from "./store.ts";
import type { RunningBatch, UnderWayBatches } from "./under-way.ts";

interface ClaimerOptions {
  log: KeyLog;
  committer: Committer;
  counters: CounterTable;
  pending: PendingChanges;
  underWay: UnderWayBatches;
  /** Void blocks by `seq`, with their file. */
  voids: Map<number, number>;
  now: () => number;
  keys: Keys;
  salt: string;
  last: { lastBatch: number; lastSeq: number };
  /** A file of the log is closed. */
  onNewFile: () => void;
}

type Claimer = Pick<Store, "claim" | "settle" | "release" | "lastBatch">;

/** What a block holds. */
type Content = Pick<Claim, "markers" | "messages">;

/** The part of the store that writes. */
export function createClaimer(options: ClaimerOptions): Claimer {
  const { log, committer, counters, pending, underWay, voids, now, onNewFile, keys, salt } = options;
  let { lastBatch, lastSeq } = options.last;

  /** Writes a block to the log; undefined where it would be empty. */
  const write = (
    { markers, messages }: Content,
    seq: number,
    at: number,
  ): { block: Block; settledLines: SettledLines[] } | undefined => {
    if (markers.count + messages.length === 0) return undefined;
    const { segment, slot } = log.reserve(markers.count + messages.length + 1);
    const settledLines: SettledLines[] = [];
    const keyed = messages.map(({ done, ...ref }) => {
      const key = keys.message(ref);
      if (done) settledLines.push({ key, seq, segment: segment.id, done });
      return { key, isInPart: done !== undefined };
    });
    const block = { segment, slot, count: writeBlock(markers, keyed, { slot, seq, at }) };
    log.append(block, markers.words);
    return { block, settledLines };
  };

  /** Appends a block and commits it with a change, or does nothing and throws. */
  const append = (content: Content, change: (seq: number, block: Block | undefined) => StateChange): Block | undefined =>
    committer.guarded(() => {
      const files = log.segments.length;
      const seq = lastSeq + 1;
      try {
        const at = now();
        const written = write(content, seq, at);
        const block = written?.block;
        const { count, words } = content.markers;
        const made = change(seq, block);
        const rows = block ? [log.row(block, count, at)] : [];
        committer.commit({
          ...made,
          segments: rows,
          settledLines: written?.settledLines ?? [],
          state: { ...made.state, lastSeq: seq },
        });
        lastSeq = seq;
        if (!block) return undefined;
        log.accept(block, count, at);
        const first = log.place(block) + 1;
        for (let i = 0, record = WORDS; i < block.count; i++, record += WORDS)
          log.table.insert(partOf(words, record), hashKey(words, record), first + i);
        if (log.segments.length > files) onNewFile();
        return block;
      } catch (cause) {
        const error = diskError(cause, "the key log");
        // After a failed sync nothing more is written: the next start reads what is there.
        if (!(error instanceof StoreFailed)) log.cancel();
        throw error;
      }
    });

  /** The markers of a batch's block go; its messages stay as claimed. */
  const forget = ({ row, block }: RunningBatch): void => {
    if (!block) return;
    voids.set(row.seq, row.segment);
    block.segment.keys -= row.keys;
    log.removeMarkers(block);
  };

  const end = (batch: number, isSettled: boolean): void =>
    committer.guarded(() => {
      const running = underWay.get(batch);
      if (!running) return;
      const { row, block } = running;
      underWay.remove(batch);
      if (isSettled) {
        counters.add(row.settled);
        pending.add({ number: batch, settled: row.settled });
      } else {
        forget(running);
        const voided = block ? { seq: row.seq, segment: row.segment } : undefined;
        pending.add({ number: batch, voided, segment: block?.segment });
      }
      // A bus without transactions does not remember the batch: this is the only place that does.
      if (row.records) committer.flush();
      else committer.flushSoon();
    });

  return {
    claim(batch, { taken, settled, records, ...content }) {
      const replaced = underWay.get(batch);
      // Of the first claim: what was published since may be looked for.
      const claimedAt = replaced?.row.claimedAt ?? new Date(now()).toISOString();
      const receipt = replaced?.row.receipt ?? `${salt}.${randomBytes(9).toString("base64url")}`;
      let row: BatchRow | undefined;
      const block = append(content, (seq, at) => {
        const place = { seq, segment: at?.segment.id ?? 0, slot: at?.slot ?? 0, count: at?.count ?? 0 };
        row = {
          number: batch,
          claimedAt,
          receipt,
          settled,
          keys: content.markers.count,
          ...place,
          ...(records ? { records } : {}),
        };
        const voided = replaced?.block ? [{ seq: replaced.row.seq, segment: replaced.row.segment }] : [];
        return { batches: [row], voids: voided, counters: taken, state: { lastBatch: batch } };
      });
      if (replaced) forget(replaced);
      if (row) underWay.add({ row, block });
      counters.add(taken);
      lastBatch = Math.max(lastBatch, batch);
      return receipt;
    },
    settle: (batch) => end(batch, true),
    release: (batch) => end(batch, false),
    lastBatch: () => lastBatch,
  };
}
