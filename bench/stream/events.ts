/** What the stream jobs read: requests of a shop as the SDK and the collector write them, in the order of time. */
import { Buffer } from "node:buffer";
import type { BusRecord } from "../../relay/bus/port/record.ts";
import { kafkaServiceBus } from "../../test/services/bus-of.ts";
import { id, uuid } from "../relay/ids.ts";

const BATCH = 2_000;
/** One event of so many is a click, on a request some events before it; all others are exposures of three items. */
const CLICK_OF = 20;
const CLICK_AFTER = 200;
/** One event of so many comes twice. */
const COPY_OF = 49;
/** A multiple of the job's parallelism, so that a reader has no more than the other. */
const PARTITIONS = 4;
/** Time between two events, unless the caller says otherwise. */
const BETWEEN_MS = 150;
const FROM = Date.parse("2026-03-01T00:00:00.000Z");
const EXPOSURE = "rec.exposure.recorded.v1";
const OUTCOME = "rec.outcome.recorded.v1";

/** What was published. */
export interface Published {
  /** Envelopes on the topics, copies included. */
  envelopes: number;
  /** Distinct clicks, each of which joins an exposure. */
  clicks: number;
  /** Bytes of an envelope, about. */
  bytes: number;
}

/** Publishes so many envelopes, copies included, under a prefix of topics. @param betweenMs time between two of them, by their own clock */
export async function publishRequests(
  brokers: string,
  prefix: string,
  envelopes: number,
  betweenMs: number = BETWEEN_MS,
): Promise<Published> {
  const env = { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, KAFKA_TOPIC_PARTITIONS: String(PARTITIONS) };
  const bus = kafkaServiceBus(env);
  const published = { envelopes: 0, clicks: 0, bytes: 0 };
  let batch: BusRecord[] = [];
  const flush = async (): Promise<void> => {
    await bus.publish({ number: 0, records: batch });
    batch = [];
  };
  try {
    await bus.open([EXPOSURE, OUTCOME, "app.event.recorded.v1", "rec.outcome.attributed.v1"].map((topic) => prefix + topic));
    for (let nth = 0; published.envelopes < envelopes; nth++) {
      const isClick = nth % CLICK_OF === CLICK_OF - 1 && nth > CLICK_AFTER;
      const at = FROM + nth * betweenMs;
      const record = recordOf(isClick ? click(nth, at) : exposure(nth, at), prefix);
      if (isClick) published.clicks++;
      for (let copy = 0; copy < (nth % COPY_OF === 0 ? 2 : 1) && published.envelopes < envelopes; copy++) {
        batch.push(record);
        published.envelopes++;
        published.bytes += record.value.length / envelopes;
        if (batch.length === BATCH) await flush();
      }
    }
    await flush();
  } finally {
    await bus.close();
  }
  return published;
}

type Event = ReturnType<typeof envelope>;

function recordOf(event: Event, prefix: string): BusRecord {
  const headers = { event_id: event.id, event_type: event.event_type, tenant_id: "demo", key_kind: "web" };
  return { topic: prefix + event.type, key: event.metadata.partition_key, value: Buffer.from(JSON.stringify(event)), headers };
}

const item = (nth: number, position: number): string => `sku-${(nth * 7 + position) % 50_000}`;

function exposure(nth: number, at: number): Event {
  const items = [1, 2, 3].map((position) => ({
    basis: "viewable",
    item_id: item(nth, position),
    position,
    propensity: 1 / (position + 3),
    score: position / 97,
  }));
  return envelope(nth, at, nth, "exposure", { items });
}

function click(nth: number, at: number): Event {
  // One that is an exposure: all but each twentieth are.
  const of = nth - CLICK_AFTER + 1;
  return envelope(nth, at, of, "click", { item_id: item(of, 1 + (nth % 3)) });
}

function envelope(nth: number, at: number, request: number, event_type: "exposure" | "click", own: object) {
  const session = id("session", Math.floor(request / 5));
  const request_id = id("request", request);
  const timestamp = new Date(at).toISOString();
  const event_id = `${session}-${nth}`;
  return {
    id: event_id,
    type: event_type === "exposure" ? EXPOSURE : OUTCOME,
    version: 1,
    event_type,
    occurred_at: timestamp,
    received_at: new Date(at + 800).toISOString(),
    source: "web/1.0.0",
    correlation_id: request_id,
    trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
    payload: {
      event_id,
      event_type,
      ...own,
      request_id,
      seq: nth + 1,
      surface: "home.carousel",
      timestamp,
      context: { app_version: "demo-shop/1", platform: "web", policy_version_id: "demo-softmax-1" },
      experiments: [{ experiment_id: uuid(1), variant_id: uuid(request % 2) }],
      unit_id: `v_${session}`,
      unit_type: "user",
    },
    metadata: {
      partition_key: request_id,
      tenant_id: "demo",
      key_kind: "web",
      flags: [],
      schema: `${event_type}@1`,
      country: "NL",
      session_id: session,
      seq: nth + 1,
      content_hash: id("content", nth),
    },
  };
}
