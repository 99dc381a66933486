import { describe, expect, test } from "vitest";
import { brokerOutage } from "./scenarios/broker-outage.ts";
import { kills } from "./scenarios/kills.ts";
import { poisonEvent } from "./scenarios/poison-event.ts";
import { zombie } from "./scenarios/zombie.ts";
import { brokers, noBroker, problemsOf } from "./stage/problems-of.ts";

describe.skipIf(brokers === undefined)(`a relay on Kafka ${noBroker}`, () => {
  test("killed at every named place and at random moments, has each event once for a read_committed consumer, in order", async () =>
    expect(await problemsOf(kills("kafka"))).toEqual([]));

  test("a produce, a commit, or its response, held back until its relay was killed and another had done its work, changes nothing", async () =>
    expect(await problemsOf(zombie)).toEqual([]));

  test("a broker that is killed for a while costs no event, no order and no dead letter, and the breaker opens, tries and closes", async () =>
    expect(await problemsOf(brokerOutage)).toEqual([]));

  test("of a hundred events one that is too large is a dead letter, and a replay brings it once its topic takes it", async () =>
    expect(await problemsOf(poisonEvent)).toEqual([]));
});
