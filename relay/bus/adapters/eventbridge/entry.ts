/** A record as EventBridge takes it. */
import { isUtf8 } from "node:buffer";
import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { jsonObject } from "../../../lib/json-object.ts";
import type { BusRecord, Refusal } from "../../port/bus.ts";
import type { Entry } from "../aws/lanes.ts";
import type { EventbridgeOptions } from "./settings.ts";

/** Characters of a DetailType, at most. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html */
const MOST_TYPE = 128;

/** The entry of a record: its value is the detail, its topic the detail type. Key and headers are left out. */
export function toEntry(record: BusRecord, { bus, source }: EventbridgeOptions): Entry<PutEventsRequestEntry> {
  const { topic, key, value } = record;
  const put = { EventBusName: bus, Source: source, DetailType: topic, Detail: value.toString() };
  return {
    record,
    lane: JSON.stringify([topic, key]),
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html: no Time and no Resources here, which would count.
    bytes: Buffer.byteLength(source) + Buffer.byteLength(topic) + value.length,
    put,
    refusal: refusalOf(topic, value, put.Detail),
  };
}

function refusalOf(topic: string, value: Buffer, detail: string): Refusal | undefined {
  if (topic.length > MOST_TYPE) {
    return { code: "topic_unavailable", message: `expected a topic of at most ${MOST_TYPE} characters, got ${topic.length}` };
  }
  if (isUtf8(value) && jsonObject(detail) !== undefined) return undefined;
  return {
    code: "record_refused",
    message: "expected a JSON object, since EventBridge takes no other detail, got something else",
  };
}
