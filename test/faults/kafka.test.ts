import { describe, expect, test } from "vitest";
import { kills } from "./scenarios/kills.ts";
import { brokers, noBroker, problemsOf } from "./stage/problems-of.ts";

describe.skipIf(brokers === undefined)(`a relay on Kafka ${noBroker}`, () => {
  test("killed at every named place and at random moments, has each event once for a read_committed consumer, in order", async () =>
    expect(await problemsOf(kills("kafka"))).toEqual([]));
});
