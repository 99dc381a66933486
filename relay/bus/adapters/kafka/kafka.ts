/**
 * The bus `kafka` (and redpanda, by the same protocol).
 *
 * Each batch is one transaction under the `transactional.id` of this relay's slot, and the same transaction commits the batch's number
 * as the offset of a group that has no members. So whether the bus took a batch is one question after a fence (docs/decisions.md).
 */
import { StateError } from "../../../lib/database.ts";
import { failPoint } from "../../../lib/fail-point.ts";
import { type Batch, type BusRecord, PublishError, type Reader, type Refusal, type TransactionalBus } from "../../port/bus.ts";
import { createBatchCutter } from "./batches.ts";
import type { BusPlace } from "../../port/adapter.ts";
import { kafkaConnection } from "./connect.ts";
import { missingRights } from "./wire/denied.ts";
import type { KafkaPlace, KafkaProducer } from "./producer.ts";
import { readKafka } from "./read.ts";
import { findUnavailable, mayBeRecords, writeCarefully } from "./refusals.ts";
import { ensureTopics } from "./create-topics.ts";
import { lacking, placeId } from "./place.ts";
import type { KafkaOptions } from "./settings.ts";
import { createPlaceWatch, type Holder, type PlaceWatch, writeNote } from "../../port/holder.ts";
import { settledBy } from "../../port/settled-by.ts";
import { checkpointsName } from "../../port/topics.ts";
import { createPlace, type HeldPlace } from "./transactional-producer.ts";
import { faultyTopics, KafkaFault } from "./wire/faults.ts";
import { listTopics } from "./wire/admin.ts";
import { createWire } from "./wire/wire.ts";
import { startDeadline, within } from "./within.ts";

/** How long one publish may take, milliseconds. With five attempts it stays under the minute that a delivery has. */
const PUBLISH_MS = 8_000;
/** How long it may take to find the records of a batch that the brokers refuse, milliseconds. */
const SEARCH_MS = 20_000;
/** Records that one producer may write: a sequence has 31 bits a partition. */
const MOST_RECORDS = 2_000_000_000;

/** Makes the bus; nothing is connected before `open` or `read`. */
export function createKafkaBus(
  options: KafkaOptions,
  { publisher, dataDir, slot, topics: names }: BusPlace,
): TransactionalBus & Reader {
  let throttledMs = 0;
  const connection = { ...kafkaConnection(options), onThrottled: (ms: number) => void (throttledMs += ms) };
  const wire = createWire(connection);
  const place: KafkaPlace = {
    id: placeId(options, slot),
    checkpoints: checkpointsName(names),
    compression: options.compression,
  };
  const cutter = createBatchCutter(options.batchBytes);
  const held = createPlace(connection, place);
  const watch = createPlaceWatch();
  const holder = createHolder(held, watch);

  /** Writes a batch and its receipt into a transaction, and returns who holds it. */
  const write = async ({ number, receipt, records }: Batch): Promise<KafkaProducer> => {
    const producer = await holder.forRecords(records.length);
    await producer.writeWithReceipt(await cutter.cut(producer, records), number, writeNote(receipt, dataDir));
    return producer;
  };
  /** The same after a fault that the records or their topics may be at: without what is refused, which is told instead. */
  const search = async ({ number, receipt, records }: Batch, fault: KafkaFault): Promise<KafkaProducer> => {
    refuse(await findUnavailable(records, fault, () => listTopics(wire)), fault);
    if (!mayBeRecords(fault)) throw fault;
    const { producer } = await holder.fence();
    refuse(await writeCarefully(producer, cutter, records), fault);
    await producer.writeWithReceipt([], number, writeNote(receipt, dataDir));
    return producer;
  };

  /** What is told of a failure: whose fault it is, and which rights are missing. */
  const failure = (outcome: PublishError["outcome"], cause: unknown, records: readonly BusRecord[] = []): PublishError => {
    const denied = missingRights(cause, place);
    const message = lacking(options, denied, reasonOf(cause as Error, place.id));
    return new PublishError(outcome, message, { cause, denied, topics: faultyTopics(cause, records) });
  };

  return {
    name: `${publisher} (${options.brokers})`,
    delivery: "transactional",
    durable: true,
    orderByKey: true,
    throttledMs: () => throttledMs,
    async open(topics) {
      try {
        await ensureTopics(wire, options, { topics, checkpoints: place.checkpoints, names });
        const { last } = await within(2 * PUBLISH_MS, holder.fence());
        return { lastBatch: last.batch };
      } catch (cause) {
        throw cause instanceof StateError ? cause : failure("absent", cause);
      }
    },
    async publish(batch) {
      let committing = false;
      try {
        let deadline = startDeadline(PUBLISH_MS, () => throttledMs);
        failPoint("before_produce");
        const producer = await deadline.within(write(batch)).catch((fault: unknown) => {
          holder.drop();
          if (!(fault instanceof KafkaFault)) throw fault;
          deadline = startDeadline(SEARCH_MS, () => throttledMs);
          return deadline.within(search(batch, fault));
        });
        failPoint("after_produce");
        failPoint("before_commit");
        watch.given(batch);
        committing = true;
        await deadline.within(producer.commit());
        watch.confirmed();
        failPoint("after_commit");
      } catch (cause) {
        holder.drop();
        if (cause instanceof PublishError || cause instanceof StateError) throw cause;
        throw failure(committing ? "unknown" : "absent", cause, batch.records);
      }
    },
    async settle(batch) {
      try {
        const { last } = await within(2 * PUBLISH_MS, holder.fence());
        return settledBy(last, batch);
      } catch (cause) {
        throw cause instanceof StateError ? cause : failure("unknown", cause);
      }
    },
    read: (wanted) => readKafka(connection, wanted),
    async close() {
      await holder.close();
      await wire.close();
    },
  };
}

function refuse(refused: Map<BusRecord, Refusal>, cause: KafkaFault): void {
  if (refused.size > 0)
    throw new PublishError("absent", `${refused.size} records are refused: ${cause.message}`, { refused, cause });
}

/** What brokers say to whoever lost its place: another took it, or it was silent for longer than a transaction may be open. */
function reasonOf({ message }: Error, id: string): string {
  if (!/epoch|fenced/i.test(message)) return message;
  return `the place ${id} was taken over; each relay needs a RELAY_SLOT of its own (${message})`;
}

/** The place after a fence: its producer, and who published there last. */
interface Fenced {
  producer: KafkaProducer;
  last: Holder;
}

/** Keeps the one producer that there is, and makes the next. */
function createHolder(place: HeldPlace, watch: PlaceWatch) {
  let producer: KafkaProducer | undefined;
  let written = 0;
  let fences = 0;
  const drop = (): void => {
    producer?.abandon();
    producer = undefined;
  };
  /** Rejects with a StateError where somebody else has published since the last fence. */
  const fence = async (): Promise<Fenced> => {
    drop();
    watch.isHeld();
    const turn = ++fences;
    const fresh = await place.fence();
    const last = await place.holder().catch((error: unknown) => {
      fresh.abandon();
      throw error;
    });
    if (turn !== fences) {
      // Nobody waits for it any more, and it may have fenced the one that is in use, which finds out by itself.
      fresh.abandon();
      throw new Error("the fence took too long");
    }
    watch.found(last);
    producer = fresh;
    written = 0;
    return { producer: fresh, last };
  };
  return {
    fence,
    drop() {
      fences++;
      drop();
    },
    async forRecords(count: number): Promise<KafkaProducer> {
      if (written + count > MOST_RECORDS) drop();
      const current = producer ?? (await fence()).producer;
      written += count;
      return current;
    },
    async close() {
      await producer?.close();
      producer = undefined;
    },
  };
}
