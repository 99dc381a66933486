/** The same packs on local, Redis and RabbitMQ: what a consumer gets does not tell which bus it came over. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { StoredRecord } from "../../relay/bus/port/bus.ts";
import { readPack } from "../../worker/src/envelope/pack.ts";
import { content, forward, isDead, lanes, recorded, valuesById } from "./recorded-packs.ts";

const redis = inject("redis");

const rabbitmq = inject("rabbitmq");
const prefix = `${randomUUID()}.`;

const BUSES = [
  { name: "redis-streams", service: redis, env: { REDIS_URL: "url" in redis ? redis.url : "", REDIS_TOPIC_PREFIX: prefix } },
  {
    name: "rabbitmq",
    service: rabbitmq,
    env: { RABBITMQ_URL: "url" in rabbitmq ? rabbitmq.url : "", RABBITMQ_TOPIC_PREFIX: prefix },
  },
].map(({ service, ...bus }) => ({ ...bus, missing: "missing" in service ? service.missing : undefined }));

const isLive = (record: StoredRecord): boolean => !isDead(record);

describe.each(BUSES)("the same packs on $name and local", ({ name, missing, env }) => {
  let folder: string;
  let local: StoredRecord[];
  let other: StoredRecord[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sightline-same-"));
    if (missing !== undefined) return;
    local = await forward({}, folder);
    other = await forward({ EVENT_PUBLISHER: name, ...env }, folder, local.length);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.skipIf(missing !== undefined)(
    "have the bytes of their pack as values, and the same topics, keys, headers and order",
    () => {
      const packed = recorded().flatMap(({ id, body }) => (id.includes("pack") ? readPack(body).lines : []));
      const expected = Object.fromEntries(packed.map((line) => [(JSON.parse(line) as { id: string }).id, line]));
      expect(Object.keys(expected).length).toBeGreaterThan(600);
      expect(valuesById(other)).toEqual(expected);
      expect(local.filter(isDead).length).toBeGreaterThan(1);
      expect(content(other)).toEqual(content(local));
      expect(lanes(other.filter(isLive))).toEqual(lanes(local.filter(isLive)));
    },
  );
});
