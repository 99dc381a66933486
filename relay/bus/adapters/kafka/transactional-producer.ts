/** The place of one relay: its transactional producer, and the receipt that it commits. By the protocol functions of `@platformatic/kafka`. */
import { type Broker, NumericMap } from "@platformatic/kafka";
import { createBufferPool } from "../../../lib/buffer-pool.ts";
import { type Holder, readHolder } from "../../port/holder.ts";
import { waves } from "./batches.ts";
import { type KafkaPlace, type KafkaProducer, type PartitionBatch, TRANSACTION_MS } from "./producer.ts";
import type { KafkaConnection } from "./wire/connection.ts";
import { coordinated } from "./wire/coordinated.ts";
import { all, KafkaFault } from "./wire/faults.ts";
import { createMetadata } from "./wire/metadata.ts";
import { encodeRecordBatch } from "./wire/record-batch.ts";
import { brokerErrors, throwFault } from "./wire/errors.ts";
import { createWire, REQUEST_MS, type Wire } from "./wire/wire.ts";

/** A place among the relays. */
export interface HeldPlace {
  /** Makes a producer; what its predecessors under the same transactional.id have under way is aborted, or can no longer be begun. */
  fence(): Promise<KafkaProducer>;
  /** The batch of the last transaction that was committed, and who did. */
  holder(): Promise<Holder>;
}

/** What is kept for the batches of the next transaction, bytes. */
const pool = createBufferPool(8 * 1024 * 1024);

/** Makes it; it connects when it is used. */
export function createPlace(connection: KafkaConnection, place: KafkaPlace): HeldPlace {
  return {
    async fence() {
      const wire = createWire(connection);
      try {
        // Without an id of its own to go by, the coordinator raises the epoch, whoever held the place before.
        const { producerId, producerEpoch } = await coordinated(wire, "transaction", place.id, (broker) =>
          wire.ask("initProducerId", broker, place.id, TRANSACTION_MS, undefined, undefined),
        );
        return holder(wire, place, { producerId, producerEpoch });
      } catch (error) {
        wire.destroy();
        return throwFault(error);
      }
    },
    async holder() {
      const wire = createWire(connection);
      try {
        return await readPlace(wire, place, true);
      } catch (error) {
        if (brokerErrors(error).some(({ code }) => code === "UNSTABLE_OFFSET_COMMIT")) throw hanging(place, error);
        return throwFault(error);
      } finally {
        wire.destroy();
      }
    },
  };
}

/** Reads who published last in a place; `stable`: rejects while a transaction may still change that. Rejects as the wire does. */
export async function readPlace(
  wire: Wire,
  { id, checkpoints }: Pick<KafkaPlace, "id" | "checkpoints">,
  stable: boolean,
): Promise<Holder> {
  const topics = [{ name: checkpoints, partitionIndexes: [0] }];
  const { groups } = await coordinated(wire, "group", id, (broker) =>
    wire.ask("fetchOffset", broker, [{ groupId: id, memberEpoch: -1, topics }], stable),
  );
  const { committedOffset = 0n, metadata } = groups[0]?.topics[0]?.partitions[0] ?? {};
  return readHolder(Math.max(0, Number(committedOffset)), metadata);
}

/** After a fence nothing of this place is open: what is undecided then stays so, and nobody can say whether the bus has the batch. */
function hanging({ id }: KafkaPlace, cause: unknown): KafkaFault {
  const what = `a transaction that put an offset into the group ${id} hangs: it is over for its coordinator, and its partitions do not know it`;
  return new KafkaFault(`${what} (UNSTABLE_OFFSET_COMMIT); see docs/kafka.md, "A transaction that hangs"`, [], { cause });
}

/** A producer id with its epoch. */
interface Identity {
  producerId: bigint;
  producerEpoch: number;
}

/** A producer; its wire is its own, so that to abandon it ends all that it has under way. */
function holder(wire: Wire, place: KafkaPlace, identity: Identity): KafkaProducer {
  const { producerId, producerEpoch } = identity;
  const metadata = createMetadata(wire);
  const sequences = new NumericMap();
  const joined = new Set<string>();
  let receiptJoined = false;

  const transactional = <T>(ask: (broker: Broker) => Promise<T>) => coordinated(wire, "transaction", place.id, ask);

  /** Tells the coordinator of the partitions that the transaction will have. */
  const join = async (batches: PartitionBatch[]): Promise<void> => {
    const fresh = new Map<string, Set<number>>();
    for (const { topic, partition } of batches) {
      if (joined.has(name(topic, partition))) continue;
      fresh.set(topic, (fresh.get(topic) ?? new Set()).add(partition));
    }
    if (fresh.size === 0) return;
    const topics = [...fresh].map(([topic, partitions]) => ({ name: topic, partitions: [...partitions] }));
    const transaction = { transactionalId: place.id, producerId, producerEpoch, verifyOnly: false, topics };
    await transactional((broker) => wire.ask("addPartitions", broker, [transaction])).catch(throwFault);
    for (const { topic, partition } of batches) joined.add(name(topic, partition));
  };
  const joinReceipt = async (): Promise<void> => {
    if (receiptJoined) return;
    await transactional((broker) => wire.ask("addOffsets", broker, place.id, producerId, producerEpoch, place.id)).catch(
      throwFault,
    );
    receiptJoined = true;
  };
  const writeReceipt = async (number: number, note: string): Promise<void> => {
    const partitions = [
      { partitionIndex: 0, committedOffset: BigInt(number), committedLeaderEpoch: -1, committedMetadata: note },
    ];
    const topics = [{ name: place.checkpoints, partitions }];
    const ask = (broker: Broker) =>
      wire.ask("commitOffset", broker, place.id, place.id, producerId, producerEpoch, -1, "", null, topics);
    await coordinated(wire, "group", place.id, ask).catch(throwFault);
  };

  /** Sends batches without waiting in between: a connection keeps their order, and a lost one breaks the sequence of its partition. */
  const produce = async (batches: PartitionBatch[]): Promise<void> => {
    const requests: Promise<unknown>[] = [];
    const lent: Buffer[] = [];
    const lend = (bytes: number): Buffer => {
      const buffer = pool.lend(bytes);
      lent.push(buffer);
      return buffer;
    };
    for (const wave of waves(batches)) {
      for (const [broker, own] of await metadata.byLeader(wave)) {
        const encoded = own.map(({ topic, partition, records }) => {
          const sequence = sequences.postIncrement(name(topic, partition), records.length, 0);
          const options = { ...identity, sequence, compression: place.compression, transactional: true, timestamp: Date.now() };
          return { topic, partition, batch: encodeRecordBatch(records, options, lend) };
        });
        const topics = [...Map.groupBy(encoded, ({ topic }) => topic)].map(([topic, partitions]) => ({ topic, partitions }));
        requests.push(wire.ask("produce", broker, place.id, REQUEST_MS, topics).catch(throwFault));
      }
    }
    await all(requests);
    // Only where the brokers have all of it: what failed may still be on its way to a socket.
    for (const buffer of lent) pool.giveBack(buffer);
  };

  const write = async (batches: PartitionBatch[]): Promise<void> => {
    await join(batches);
    const [only, ...more] = batches;
    const key = only && more.length === 0 ? name(only.topic, only.partition) : undefined;
    const before = key === undefined ? 0 : sequences.getWithDefault(key, 0);
    await produce(batches).catch((error: unknown) => {
      // Refused, it is not in the log: the next batch of the partition takes its sequence.
      if (key !== undefined) sequences.set(key, before);
      throw error;
    });
  };
  return {
    partitions: (topic) => metadata.partitions(topic),
    write,
    async writeWithReceipt(batches, number, note) {
      await all([join(batches), joinReceipt()]);
      await all([produce(batches), writeReceipt(number, note)]);
    },
    async commit() {
      await transactional((broker) => wire.ask("endTransaction", broker, place.id, producerId, producerEpoch, true)).catch(
        throwFault,
      );
      joined.clear();
      receiptJoined = false;
    },
    abandon: () => wire.destroy(),
    close: () => wire.close(),
  };
}

function name(topic: string, partition: number): string {
  return `${topic}:${partition}`;
}
