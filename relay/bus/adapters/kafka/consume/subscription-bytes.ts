/** What members of a classic group tell each other, as Kafka's own clients write it (ConsumerProtocolSubscription, -Assignment). */
import { Reader, Writer } from "@platformatic/kafka";
import type { Place } from "./offsets.ts";

/** What a member wants, and has. */
export interface MemberSubscription {
  topics: string[];
  owned: Place[];
  /** Of which generation that is; -1 where it is none's. */
  generation: number;
}

/** Version 2 of a subscription: the first that has a generation. */
const SUBSCRIPTION = 2;
const ASSIGNMENT = 0;

/** Writes a subscription. */
export function writeSubscription({ topics, owned, generation }: MemberSubscription): Buffer {
  const writer = Writer.create().appendInt16(SUBSCRIPTION);
  writer.appendArray(topics, (w, topic) => w.appendString(topic, false), false, false);
  writer.appendInt32(-1);
  writePlaces(writer, owned);
  return writer.appendInt32(generation).buffer;
}

/** Reads a subscription, of a newer version too; one of an older version has nothing, and no generation. */
export function readSubscription(bytes: Buffer): MemberSubscription {
  const reader = Reader.from(bytes);
  const version = reader.readInt16();
  const topics = reader.readArray((r) => r.readString(false), false, false);
  reader.readNullableBytes(false);
  const owned = version >= 1 ? readPlaces(reader) : [];
  return { topics, owned, generation: version >= SUBSCRIPTION ? reader.readInt32() : -1 };
}

/** Writes an assignment. */
export function writeAssignment(places: Place[]): Buffer {
  const writer = Writer.create().appendInt16(ASSIGNMENT);
  writePlaces(writer, places);
  return writer.appendInt32(-1).buffer;
}

/** Reads an assignment; one without bytes is empty. */
export function readAssignment(bytes: Buffer): Place[] {
  if (bytes.length === 0) return [];
  const reader = Reader.from(bytes);
  reader.readInt16();
  return readPlaces(reader);
}

function writePlaces(writer: Writer, places: Place[]): void {
  const topics = [...Map.groupBy(places, ({ topic }) => topic)];
  writer.appendArray(
    topics,
    (w, [topic, own]) => {
      w.appendString(topic, false).appendArray(own, (inner, { partition }) => inner.appendInt32(partition), false, false);
    },
    false,
    false,
  );
}

function readPlaces(reader: Reader): Place[] {
  return reader
    .readArray(
      (r) => {
        const topic = r.readString(false);
        return r.readArray((inner) => ({ topic, partition: inner.readInt32() }), false, false);
      },
      false,
      false,
    )
    .flat();
}
