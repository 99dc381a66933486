/** Tells what brokers refuse for good, record by record, from what may be tried again. */
import type { BusRecord, Refusal } from "../../port/bus.ts";
import type { BatchCutter } from "./batches.ts";
import type { KafkaProducer, PartitionBatch } from "./producer.ts";
import { KafkaFault, type TopicFault } from "./wire/faults.ts";

const OF_RECORDS: Readonly<Record<string, Refusal["code"]>> = {
  MESSAGE_TOO_LARGE: "record_too_large",
  RECORD_LIST_TOO_LARGE: "record_too_large",
  INVALID_RECORD: "record_refused",
};

/** Errors that say of a topic that it takes nothing, and will not. That a right is missing is none: it is the event's fault no more than an outage is. */
const UNAVAILABLE: ReadonlySet<string> = new Set(["INVALID_TOPIC_EXCEPTION"]);

/** Said of a topic that is not there, and of one that is only being made or moved. */
const UNKNOWN = "UNKNOWN_TOPIC_OR_PARTITION";

/** The records whose topic does not take anything. `listTopics` is asked only where a topic may just be on its way. */
export async function findUnavailable(
  records: BusRecord[],
  fault: KafkaFault,
  listTopics: () => Promise<Iterable<string>>,
): Promise<Map<BusRecord, Refusal>> {
  const unknown = fault.topics.some(({ code }) => code === UNKNOWN);
  const there = new Set(unknown ? await listTopics() : []);
  const isOut = ({ topic, code }: TopicFault) => UNAVAILABLE.has(code) || (code === UNKNOWN && !there.has(topic));
  const out = new Map(fault.topics.filter(isOut).map((found) => [found.topic, found]));
  const refused = new Map<BusRecord, Refusal>();
  for (const record of records) {
    const found = out.get(record.topic);
    if (found !== undefined) refused.set(record, { code: "topic_unavailable", message: `${found.code}: ${found.message}` });
  }
  return refused;
}

/** Whether a search by {@link writeCarefully} can tell more. */
export function mayBeRecords(fault: KafkaFault): boolean {
  return fault.topics.some(({ code }) => code in OF_RECORDS);
}

/**
 * Writes records a batch at a time, and halves what is refused until the records that are refused by themselves are known; returns those.
 * All others are in the producer's open transaction then. Where the batches alone were too large, later ones are smaller.
 */
export async function writeCarefully(
  producer: KafkaProducer,
  cutter: BatchCutter,
  records: BusRecord[],
): Promise<Map<BusRecord, Refusal>> {
  const refused = new Map<BusRecord, Refusal>();
  const halved = new Set<string>();
  const write = async (batch: PartitionBatch): Promise<void> => {
    try {
      return await producer.write([batch]);
    } catch (error) {
      const found = error instanceof KafkaFault ? error.topics.find(({ code }) => code in OF_RECORDS) : undefined;
      if (found === undefined) throw error;
      const [first] = batch.records;
      if (first !== undefined && batch.records.length === 1) {
        refused.set(first, { code: OF_RECORDS[found.code] ?? "record_refused", message: `${found.code}: ${found.message}` });
        return;
      }
    }
    halved.add(batch.topic);
    const middle = Math.ceil(batch.records.length / 2);
    await write({ ...batch, records: batch.records.slice(0, middle) });
    await write({ ...batch, records: batch.records.slice(middle) });
  };
  for (const batch of await cutter.cut(producer, records)) await write(batch);
  for (const { topic } of refused.keys()) halved.delete(topic);
  for (const topic of halved) cutter.shrink(topic);
  return refused;
}
