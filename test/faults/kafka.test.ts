import { describe, expect, test } from "vitest";
import { kills } from "./scenarios/kills.ts";
import { zombie } from "./scenarios/zombie.ts";
import { brokers, noBroker, problemsOf } from "./stage/problems-of.ts";

describe.skipIf(brokers === undefined)(`a relay on Kafka ${noBroker}`, () => {
  test("killed at every named place and at random moments, has each event once for a read_committed consumer, in order", async () =>
    expect(await problemsOf(kills("kafka"))).toEqual([]));

  test("a produce, a commit, or the answer to it, held back until its relay was killed and another had done its work, changes nothing", async () =>
    expect(await problemsOf(zombie)).toEqual([]));
});
