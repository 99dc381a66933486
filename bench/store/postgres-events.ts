/** What is stored: exposures as the collector writes them, each of another visitor, on a topic of three partitions. */
import { kafkaServiceBus } from "../../test/services/bus-of.ts";
import { id, uuid } from "../relay/ids.ts";

const BATCH = 2_000;
const SHELF = 10;

/** An envelope of about 1,000 bytes. */
function exposure(nth: number, from: number): string {
  const session = id("session", Math.floor(nth / (2 * SHELF)));
  const request_id = id("request", Math.floor(nth / SHELF));
  const at = (nth % SHELF) + 1;
  // Over two days of the last week, so that there are partitions of days to choose from.
  const timestamp = new Date(from + (nth % 1_000_000) * 150).toISOString();
  const event_id = `${session}-${nth}`;
  const items = [{ basis: "viewable", item_id: `sku-${nth % 50_000}`, position: at, propensity: 1 / (at + 3), score: at / 97 }];
  const payload = {
    event_id,
    event_type: "exposure",
    items,
    request_id,
    seq: nth + 1,
    surface: "home.carousel",
    timestamp,
    context: { app_version: "demo-shop/1", platform: "web", policy_version_id: "demo-softmax-1" },
    experiments: [{ experiment_id: uuid(1), variant_id: uuid(nth % 2) }],
    unit_id: `v_${session}`,
    unit_type: "user",
  };
  const metadata = {
    partition_key: request_id,
    tenant_id: "demo",
    key_kind: "web",
    flags: [],
    schema: "exposure@1",
    country: "NL",
    session_id: session,
    seq: nth + 1,
    content_hash: id("content", nth),
  };
  const received_at = new Date(Date.parse(timestamp) + 800).toISOString();
  const head = {
    id: event_id,
    type: "rec.exposure.recorded.v1",
    version: 1,
    event_type: "exposure",
    occurred_at: timestamp,
    received_at,
  };
  const trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  return JSON.stringify({ ...head, source: "web/1.0.0", correlation_id: request_id, trace_id, payload, metadata });
}

/** Publishes them under a prefix of topics; resolves with the bytes of a value, about. */
export async function publishExposures(brokers: string, prefix: string, events: number): Promise<number> {
  const bus = kafkaServiceBus({ KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix });
  const topic = `${prefix}rec.exposure.recorded.v1`;
  const from = Date.now() - 3 * 86_400_000;
  const headers = { event_type: "exposure", "content-type": "application/json", tenant_id: "demo", key_kind: "web" };
  let bytes = 0;
  try {
    await bus.open([topic]);
    for (let at = 0; at < events; at += BATCH) {
      const records = Array.from({ length: Math.min(BATCH, events - at) }, (_, i) => {
        const value = Buffer.from(exposure(at + i, from));
        bytes += value.length;
        return { topic, key: `${Math.floor((at + i) / SHELF)}`, value, headers: { ...headers, event_id: `${at + i}` } };
      });
      await bus.publish({ number: 0, records });
    }
  } finally {
    await bus.close();
  }
  return bytes / events;
}
