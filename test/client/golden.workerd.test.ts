/** The golden events as a backend sends them: through the sender, to the real collector, and back as verdicts. */
import { isDeepStrictEqual } from "node:util";
import type { WireEvent } from "@sightline/client/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSender, type Sender } from "../../client/src/server/index.ts";
import { type Collector, startCollector } from "../services/collector.ts";
import { invalidEvents, validEvents } from "../wire/load.ts";
import { startRelayEdge } from "./stage/relay-edge.ts";

describe("the golden events, sent by a backend", () => {
  let collector: Collector;
  let edge: Awaited<ReturnType<typeof startRelayEdge>>;
  let sender: Sender;

  beforeAll(async () => {
    edge = await startRelayEdge();
    collector = await startCollector({ relayUrl: edge.url, relayToken: "token" });
    sender = createSender({ endpoint: collector.url, key: "sk_demo" });
  });
  afterAll(async () => {
    await collector.close();
    await edge.close();
  });

  test("every valid event is accepted, and arrives with the fields it was sent with", async () => {
    const events = validEvents().map(({ event }, index) => ({ ...event, event_id: `golden-${String(index).padStart(3, "0")}` }));
    expect(await sender.send(events)).toEqual({ accepted: events.length, rejected: 0, duplicates: 0, errors: [] });
    await expect.poll(() => edge.envelopes.length, { timeout: 10_000 }).toBe(events.length);
    const arrived = new Map(edge.envelopes.map(({ id, payload }) => [id, payload]));
    for (const event of events) expect(arrived.get(event.event_id)).toEqual(event);
  });

  test("every invalid event that JSON can say is refused for good with its code, at its own place, beside a valid one", async () => {
    const cases = invalidEvents().filter(({ event }) => isDeepStrictEqual(JSON.parse(JSON.stringify(event)), event));
    for (const { name, event, expected } of cases) {
      const valid = { ...validEvents()[0]!.event, event_id: `beside-${name}`.replaceAll(/[^\w-]/g, "_").slice(0, 64) };
      const answer = await sender.send([valid, event as WireEvent]);
      expect({ name, ...answer }).toMatchObject({
        name,
        accepted: 1,
        rejected: 1,
        errors: [{ index: 1, error: expected, retryable: false }],
      });
    }
  });
});
