import { describe, expect, test } from "vitest";
import { retentionMs } from "../../../../relay/bus/port/topic-rules.ts";
import { allTopics, dlqName, ENVELOPE_TYPES, topicName } from "../../../../relay/bus/port/topics.ts";

const settings = { prefix: "shop.", dlqSuffix: ".dead" };

const hours = (name: string): number => (retentionMs(settings, name) ?? Number.NaN) / 3_600_000;

describe("topics", () => {
  test("a topic is the prefix and the envelope's type, its dead letters have the suffix", () => {
    expect(topicName(settings, "rec.exposure.recorded.v1")).toBe("shop.rec.exposure.recorded.v1");
    expect(dlqName(settings, "shop.rec.exposure.recorded.v1")).toBe("shop.rec.exposure.recorded.v1.dead");
  });

  test("a category says how long records are kept; a topic of none, or called like one alone, is kept as the bus says", () => {
    expect(["shop.transport.orders", "realtime.cursor", "system.audit.dlq", "saga.x", "eventstore.x"].map(hours)).toEqual([
      168,
      4,
      720,
      168,
      3652 * 24,
    ]);
    expect(["shop.rec.exposure.recorded.v1", "saga", "other.saga.x"].map(hours)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  test("every type has a topic and one for its dead letters", () => {
    const topics = allTopics(settings);
    expect(new Set(topics).size).toBe(2 * ENVELOPE_TYPES.length);
    expect(topics.filter((topic) => topic.endsWith(".dead"))).toHaveLength(ENVELOPE_TYPES.length);
  });
});
