/** A bus on Kafka whose topics were just created: a broker knows of them, and leads them, a moment after it says so. */
import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";

/** What a broker says of a topic that it is about to have. */
const NOT_YET = /does not host this topic-partition|not the leader|no leader/i;
/** Between two tries, milliseconds. */
const PAUSE_MS = 50;

/** Opens the bus; resolves when every partition of the topics has a leader that takes requests. The test's own timeout is the limit. */
export async function openLed<T>(bus: { open(topics: string[]): Promise<T> }, brokers: string, topics: string[]): Promise<T> {
  const opened = await untilThere(() => bus.open(topics));
  const admin = new Kafka({ brokers: brokers.split(","), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await untilThere(() => Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic))));
  } finally {
    await admin.disconnect();
  }
  return opened;
}

async function untilThere<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!NOT_YET.test((error as Error).message)) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
