import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inSample } from "../../worker/src/lib/in-sample.ts";
import { validEvents } from "../wire/load.ts";
import { inProcessCollector } from "./in-process-collector.ts";

const golden = new Map(validEvents().map(({ name, event }) => [name, event]));

describe("a sample", () => {
  test.for([0.01, 0.1, 0.5, 0.9])("of %d keeps that share of 10,000 ids, to within two in a hundred", (share) => {
    const kept = Array.from({ length: 10_000 }, (_, i) => inSample(`req_${i}`, share)).filter(Boolean).length / 10_000;
    expect(Math.abs(kept - share)).toBeLessThan(0.02);
  });

  test("of a smaller share is within that of a larger one, and all is all", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.string(), share, share, (name, a, b) => {
        const [smaller, larger] = [inSample(name, Math.min(a, b)), inSample(name, Math.max(a, b))];
        expect(smaller && !larger).toBe(false);
        expect(inSample(name, 1)).toBe(true);
      }),
    );
  });
});

describe("a key with a share for a type", () => {
  const SHARE = 0.3;
  const keys = {
    sk_test: { tenant_id: "t1", kind: "server", sample_rates: { exposure: SHARE, click: SHARE } },
    sk_few: { tenant_id: "t1", kind: "server", sample_rates: { click: 1e-9 } },
  };
  const requests = Array.from({ length: 100 }, (_, i) => `req_${i}_sampled`);
  const events = requests.flatMap((request_id, i) => [
    { ...golden.get("exposure"), event_id: `exposure_${i}`, request_id },
    { ...golden.get("click"), event_id: `click_of_${i}`, request_id },
    { ...golden.get("click"), event_type: "purchase", event_id: `purchase_${i}`, request_id },
  ]);

  test("keeps of a request all events of that share or none, the same ones at a resend, and all of the other types", async () => {
    const { post, taken } = inProcessCollector({ keys });
    expect(await post({ events })).toMatchObject({ status: 207 });
    const idsOf = (type: string) =>
      taken().flatMap(({ event_type, correlation_id }) => (event_type === type ? [correlation_id] : []));
    const kept = idsOf("exposure");
    expect(kept.length).toBeGreaterThan(10);
    expect(kept.length).toBeLessThan(60);
    expect(idsOf("click")).toEqual(kept);
    expect(idsOf("purchase")).toEqual(requests);
    await post({ events: events.toReversed() });
    expect(idsOf("exposure")).toEqual([...kept, ...kept.toReversed()]);
  });

  test("says the share on what it keeps, and on nothing else", async () => {
    const { post, taken } = inProcessCollector({ keys });
    await post({ events });
    for (const { event_type, metadata } of taken()) {
      expect(metadata.sample_rate).toBe(event_type === "purchase" ? undefined : SHARE);
    }
  });

  test("is sampled_out in the response, for good, and counted, and a single event is 202 with that status", async () => {
    const { post, taken, counted } = inProcessCollector({ keys });
    const click = { ...golden.get("click"), event_id: "event_01" };
    const { status, answer } = await post({ events: [click] }, { key: "sk_few" });
    expect([status, answer]).toMatchObject([
      207,
      { accepted: 0, rejected: 1, errors: [{ index: 0, event_id: "event_01", error: "sampled_out", retryable: false }] },
    ]);
    expect(await post(click, { key: "sk_few" })).toMatchObject({
      status: 202,
      answer: { event_id: "event_01", status: "sampled_out" },
    });
    expect(taken()).toEqual([]);
    expect(counted()).toEqual({ "t1 click sampled_out": 1 });
  });
});
