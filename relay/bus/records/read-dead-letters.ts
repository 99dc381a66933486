/** Reads dead letters from a bus, one after the other: there may be more of them than memory holds. */
import type { Reader, StoredRecord } from "../port/bus.ts";
import { dlqName, ENVELOPE_TYPES, topicName, type TopicNames } from "../port/topics.ts";
import { type DeadLetter, readDeadLetter, replayedFrom } from "./dead-letter.ts";

interface ReadDeadLettersOptions {
  bus: Reader;
  /** Topics of dead letters. */
  topics: string[];
  /** Told after each record how many were read so far. */
  onProgress?: ((read: number) => void) | undefined;
  /** Told why a record there is no dead letter, with its place. */
  onUnreadable?: ((reason: string, record: StoredRecord) => void) | undefined;
}

/** The dead letters there are now, in the order of the bus: of one partition the oldest first. */
export async function* readDeadLetters({
  bus,
  topics,
  onProgress,
  onUnreadable,
}: ReadDeadLettersOptions): AsyncGenerator<DeadLetter> {
  let read = 0;
  for await (const record of bus.read({ topics })) {
    onProgress?.(++read);
    let deadLetter: DeadLetter;
    try {
      deadLetter = readDeadLetter(record);
    } catch (error) {
      onUnreadable?.((error as Error).message, record);
      continue;
    }
    yield deadLetter;
  }
}

/**
 * Dead letters whose replay failed again: id -> the newest dead letter made of it. That one stands for both, so that a
 * second replay does not bring the same event twice.
 */
export async function findSuperseded(options: ReadDeadLettersOptions): Promise<Map<string, DeadLetter>> {
  const found = new Map<string, DeadLetter>();
  for await (const deadLetter of readDeadLetters(options)) {
    const from = replayedFrom(deadLetter);
    if (from !== undefined) found.set(from, deadLetter);
  }
  return found;
}

/** The topics of dead letters; of one topic only where that is named, by its full name, its type, or that of its dead letters. */
export function dlqTopics(settings: TopicNames, named?: string): string[] {
  const all = ENVELOPE_TYPES.map((type) => ({ type, topic: topicName(settings, type) }));
  const wanted = all.filter(
    ({ type, topic }) => named === undefined || [type, topic, dlqName(settings, topic), dlqName(settings, type)].includes(named),
  );
  return wanted.map(({ topic }) => dlqName(settings, topic));
}
