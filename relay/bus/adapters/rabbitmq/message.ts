/** A record as a message: the value's bytes as its body, the key and the headers as its headers. */
import type { ConsumeMessage, Options } from "amqplib";
import type { BusRecord, StoredRecord } from "../../port/bus.ts";

/** The header that has the key. */
const KEY = "sightline-key";

/** What a record is published with. Mandatory: where no queue takes it, the server gives it back. */
export function toProperties({ key, headers }: BusRecord): Options.Publish {
  return {
    mandatory: true,
    persistent: true,
    timestamp: Math.floor(Date.now() / 1000),
    headers: { ...headers, [KEY]: key },
    ...(headers["content-type"] === undefined ? {} : { contentType: headers["content-type"] }),
    ...(headers["event_id"] === undefined ? {} : { messageId: headers["event_id"] }),
  };
}

/** The record of a message; `offset` is which message of its consumer it is, since a queue has no places. */
export function toRecord({ content, fields, properties }: ConsumeMessage, topic: string, offset: bigint): StoredRecord {
  const texts = Object.entries(properties.headers ?? {}).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  const { [KEY]: key = "", ...headers } = Object.fromEntries(texts.filter(([name]) => !OF_THE_SERVER.test(name)));
  const at = typeof properties.timestamp === "number" ? new Date(properties.timestamp * 1000) : new Date();
  return { topic: topic || fields.routingKey, key, value: content, headers, partition: 0, offset, publishedAt: at.toISOString() };
}

/** What the server adds where it moves a message to the dead letters. */
const OF_THE_SERVER = /^x-(first-death|last-death|death)/;

/** Which time the queue delivers a message, from 1. */
export function attemptOf({ properties }: ConsumeMessage): number {
  const before: unknown = properties.headers?.["x-delivery-count"];
  return typeof before === "number" ? before + 1 : 1;
}
