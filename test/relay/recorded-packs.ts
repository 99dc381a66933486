/** The recorded packs, and what comes of them on a bus. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { createBus } from "../../relay/bus/create.ts";
import type { StoredRecord } from "../../relay/bus/port/bus.ts";
import { allTopics } from "../../relay/bus/port/topics.ts";
import { originalOf } from "../../relay/bus/records/dead-letter-record.ts";
import { runRelay } from "../../relay/service/main.ts";
import { readConfig } from "../../relay/service/settings/config.ts";
import { type DeliveryMessage, writeDelivery } from "../../worker/src/envelope/delivery.ts";
import { hear } from "../contract/bus/hear.ts";
import { deliveryInput, wireText } from "../wire/load.ts";
import { envelope, message, pack } from "./queue.ts";

const RELAY_TOKEN = "a-token-for-the-tests";

/** The recorded packs, bodies that are no pack, and 600 events of 20 keys; one of them under the id of another. */
export function recorded(): DeliveryMessage[] {
  const golden = ["pack.txt", "pack-rejects.txt", "pack-gzip.txt"].map((name) => message(name, wireText(name)));
  const events = Array.from({ length: 600 }, (_, n) =>
    envelope({
      id: `event-${n}`,
      request_id: `req-${n}`,
      partition_key: `key-${n % 20}`,
      event_type: n % 3 ? "exposure" : "click",
    }),
  );
  const packs = Array.from({ length: 12 }, (_, n) => message(`pack-${n}`, pack(events.slice(n * 50, n * 50 + 50))));
  const conflict = message("conflict", pack([envelope({ id: "event-7", content_hash: "1".repeat(32) })]));
  return [...golden, ...deliveryInput().messages.slice(1), ...packs, conflict];
}

/**
 * Everything on the bus after a relay by these settings took the packs. What is durable may be shown to readers a moment later, so it is read
 * until there are `atLeast` so many. A bus that cannot be read is heard, by the group that the relay has made.
 */
export async function forward(env: NodeJS.ProcessEnv, folder: string, atLeast = 0): Promise<StoredRecord[]> {
  const settings = { RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: join(folder, randomUUID()), LOG_LEVEL: "silent", ...env };
  const relay = await runRelay(settings);
  try {
    const url = `http://127.0.0.1:${relay.port}`;
    await vi.waitUntil(async () => (await fetch(`${url}/readyz`)).ok, 30_000);
    const headers = { authorization: `Bearer ${RELAY_TOKEN}` };
    const messages = recorded();
    const body = writeDelivery({ queue: "events", messages });
    const answer = await fetch(`${url}/v1/deliveries`, { method: "POST", headers, body });
    expect(await answer.json()).toEqual({ verdicts: messages.map(({ id }) => ({ id, verdict: "ack" })) });
  } finally {
    await relay.stop();
  }
  const config = readConfig(settings).bus;
  const bus = await createBus(config);
  const topics = allTopics(config.topics);
  const { read = undefined } = bus;
  const { readNow, stop } = read
    ? { readNow: () => Array.fromAsync(read({ topics })), stop: async () => {} }
    : await hear(bus, topics, "sightline");
  const found = await vi.waitFor(async () => {
    const records = await readNow(topics);
    expect(records.length).toBeGreaterThanOrEqual(atLeast);
    return records;
  }, 30_000);
  await stop();
  await bus.close();
  const withoutPrefix = (topic: string): string => topic.slice(config.topics.prefix.length);
  return found.map((one) => ({ ...one, topic: withoutPrefix(one.topic) }));
}

/** Whether it is a dead letter. */
export const isDead = ({ topic }: StoredRecord): boolean => topic.endsWith(".dlq");
const byText = <T>(all: T[]): T[] => all.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
/** Each record but for where and when the bus had it; what the relay adds to a dead letter has times of its own. */
export const content = (records: StoredRecord[]): object[] =>
  byText(
    records.map((found) => {
      const { topic, key, headers, value } = found;
      return { topic, key, headers, value: isDead(found) ? originalOf(value.toString()).original : value.toString("base64") };
    }),
  );
/** Values by topic and key, in the order of the bus. */
export const lanes = (records: StoredRecord[]): [string, string[]][] =>
  byText(
    [...Map.groupBy(records, ({ topic, key }) => `${topic} ${key}`)].map(([lane, all]) => [
      lane,
      all.map(({ value }) => String(value)),
    ]),
  );

export const valuesById = (records: StoredRecord[]): Record<string, string> =>
  Object.fromEntries(records.filter((found) => !isDead(found)).map(({ headers, value }) => [headers["event_id"], String(value)]));
