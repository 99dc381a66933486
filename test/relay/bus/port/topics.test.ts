import { describe, expect, test } from "vitest";
import { allTopics, dlqName, ENVELOPE_TYPES, topicName } from "../../../../relay/bus/port/topics.ts";

const settings = { prefix: "shop.", dlqSuffix: ".dead" };

describe("topics", () => {
  test("a topic is the prefix and the envelope's type, its dead letters have the suffix", () => {
    expect(topicName(settings, "rec.exposure.recorded.v1")).toBe("shop.rec.exposure.recorded.v1");
    expect(dlqName(settings, "shop.rec.exposure.recorded.v1")).toBe("shop.rec.exposure.recorded.v1.dead");
  });

  test("every type has a topic and one for its dead letters", () => {
    const topics = allTopics(settings);
    expect(new Set(topics).size).toBe(2 * ENVELOPE_TYPES.length);
    expect(topics.filter((topic) => topic.endsWith(".dead"))).toHaveLength(ENVELOPE_TYPES.length);
  });
});
