import { describe, expect, test } from "vitest";
import { createChecker } from "../../worker/src/check/check-event.ts";
import { createEnricher, type RequestFacts, type SenderFacts } from "../../worker/src/intake/enrich.ts";
import type { Envelope } from "../../worker/src/envelope/envelope.ts";
import { GOLDEN_RECEIVED_AT, validEvents } from "../wire/load.ts";

const facts: RequestFacts = {
  tenantId: "t1",
  keyKind: "web",
  receivedAt: GOLDEN_RECEIVED_AT,
  traceId: "0af7651916cd43dd8448eb211c80319c",
};
const golden = new Map(validEvents().map((one) => [one.name, one.event]));

function envelopeOf(name: string, sender: SenderFacts = {}, over: object = {}) {
  const checked = createChecker({})({ ...golden.get(name), ...over });
  if (!checked.ok) throw new Error(`expected a sound event, got ${checked.fault.code}`);
  const { line } = createEnricher(sender, facts)(checked, { id: checked.fields.event_id ?? "derived_" });
  return JSON.parse(line) as Envelope;
}

test.for(validEvents())("$name gets its type and its flags", ({ name, type, flags }) => {
  const envelope = envelopeOf(name);
  expect([envelope.type, envelope.metadata.flags]).toEqual([type, flags]);
});

test("an event of a request is kept with that request, and any other with its unit", () => {
  expect(envelopeOf("click")).toMatchObject({
    correlation_id: "req_V1StGXR8_Z5jdHi6B",
    metadata: { partition_key: "req_V1StGXR8_Z5jdHi6B" },
  });
  expect(envelopeOf("click-without-request")).toMatchObject({
    correlation_id: facts.traceId,
    metadata: { partition_key: "u_1042" },
  });
});

test("a line's bytes are told exactly, whatever the tenant and the unit are written with", () => {
  for (const [tenantId, unit_id] of [
    ["t1", "u_1"],
    ['é"\ud800', 'é🍮"'],
  ] as const) {
    const checked = createChecker({})({ ...golden.get("click-without-request"), unit_id });
    if (!checked.ok) throw new Error(`expected a sound event, got ${checked.fault.code}`);
    const { line, bytes } = createEnricher({}, { ...facts, tenantId })(checked, { id: "event_01" });
    expect(bytes).toBe(Buffer.byteLength(line));
  }
});

test("the sender, its session and its count go into the envelope", () => {
  const envelope = envelopeOf("exposure", { sdk: "web/1.0.0", session_id: "sess_a1b2c3d4" });
  expect(envelope).toMatchObject({
    source: "web/1.0.0",
    metadata: { session_id: "sess_a1b2c3d4", seq: 17, schema: "exposure@1" },
  });
  expect(envelopeOf("conversion").source).toBe("api/1");
});

describe("the clock", () => {
  const hourAhead = { sent_at: "2026-01-01T11:00:05.000Z" };

  test("a sender that is an hour ahead is set right by that hour, to the sender's own digits", () => {
    const { occurred_at, metadata } = envelopeOf("exposure", hourAhead, { timestamp: "2026-01-01T11:00:01.123456789Z" });
    expect(occurred_at).toBe("2026-01-01T10:00:01.123456789Z");
    expect(metadata.flags).toEqual(["clock_skewed", "future_timestamp"]);
  });

  test("an event that waited before it was sent by a clock ahead keeps its distance to the sending", () => {
    const { occurred_at, metadata } = envelopeOf("exposure", hourAhead, { timestamp: "2026-01-01T09:30:05.000Z" });
    expect(occurred_at).toBe("2026-01-01T08:30:05.000Z");
    expect(metadata.flags).toEqual(["clock_skewed"]);
  });

  test("five minutes ahead are let be", () => {
    const { occurred_at, metadata } = envelopeOf("exposure", { sent_at: "2026-01-01T10:05:05.000Z" });
    expect(occurred_at).toBe("2026-01-01T10:00:00.123Z");
    expect(metadata.flags).toEqual([]);
  });

  test("a sender that is behind cannot be told from a slow network, and is let be", () => {
    const { occurred_at, metadata } = envelopeOf("exposure", { sent_at: "2026-01-01T08:00:00.000Z" });
    expect(occurred_at).toBe("2026-01-01T10:00:00.123Z");
    expect(metadata.flags).toEqual([]);
  });

  test("an event is old after seven days", () => {
    expect(envelopeOf("exposure", {}, { timestamp: "2025-12-25T10:00:05.000Z" }).metadata.flags).toEqual([]);
    expect(envelopeOf("exposure", {}, { timestamp: "2025-12-25T10:00:04.999Z" }).metadata.flags).toEqual(["old_timestamp"]);
  });
});
