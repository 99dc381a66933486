import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { traceRounds } from "../../../../relay/service/telemetry/trace-rounds.ts";
import { counter, round, traceId } from "./rounds.ts";

const ms = ([seconds, nanoseconds]: [number, number]): number => seconds * 1000 + nanoseconds / 1e6;

describe("the spans of rounds", () => {
  const exporter = new InMemorySpanExporter();
  beforeEach(() => {
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  });
  afterEach(() => {
    trace.disable();
    exporter.reset();
  });

  test("a round is a trace of its own, with the time it took and what became of its events", () => {
    const settled = [
      counter("delivered", 2),
      counter("delivered", 1, { surface: "cart" }),
      counter("dead_lettered:record_too_large", 1),
    ];
    traceRounds("kafka").onRound?.(round({ settled }));
    const span = exporter.getFinishedSpans().find(({ name }) => name === "sightline.round");
    expect(span).toMatchObject({ kind: SpanKind.CONSUMER, parentSpanContext: undefined });
    expect([ms(span!.startTime), ms(span!.endTime)]).toEqual([1_000_000, 1_000_100]);
    expect(span!.attributes).toMatchObject({
      "messaging.system": "kafka",
      "messaging.operation.type": "process",
      "sightline.queues": ["sightline-events"],
      "sightline.events.delivered": 3,
      "sightline.events.dead_lettered": 1,
    });
  });

  test("it links to the traces of its events, by the span that their records name, 128 at most", () => {
    const traceIds = ["", "not a trace id", "0".repeat(32), ...Array.from({ length: 200 }, (_, n) => traceId(n + 1))];
    traceRounds("kafka").onRound?.(round({ traceIds: traceIds.slice(0, 5) }));
    traceRounds("kafka").onRound?.(round({ traceIds: traceIds.slice(3) }));
    const [few, many] = exporter.getFinishedSpans().filter(({ name }) => name === "sightline.round");
    expect(few!.links.map(({ context }) => context)).toEqual([
      { traceId: traceId(1), spanId: traceId(1).slice(16), traceFlags: 0, isRemote: true },
      { traceId: traceId(2), spanId: traceId(2).slice(16), traceFlags: 0, isRemote: true },
    ]);
    expect(many!.links).toHaveLength(128);
  });

  test("what it sent to each topic is a span within it", () => {
    const records = [
      { topic: "rec.exposure.recorded.v1", count: 2, bytes: 900 },
      { topic: "rec.outcome.recorded.v1", count: 1, bytes: 300 },
    ];
    traceRounds("kafka").onRound?.(round({ records }));
    const spans = exporter.getFinishedSpans();
    const whole = spans.find(({ name }) => name === "sightline.round");
    const sends = spans.filter(({ name }) => name.startsWith("send "));
    expect(sends.map(({ name, kind }) => [name, kind])).toEqual([
      ["send rec.exposure.recorded.v1", SpanKind.CLIENT],
      ["send rec.outcome.recorded.v1", SpanKind.CLIENT],
    ]);
    for (const send of sends) {
      expect(send.parentSpanContext?.spanId).toBe(whole?.spanContext().spanId);
      expect([ms(send.startTime), ms(send.endTime)]).toEqual([1_000_020, 1_000_080]);
    }
    expect(sends[0]!.attributes).toMatchObject({
      "messaging.destination.name": "rec.exposure.recorded.v1",
      "messaging.batch.message_count": 2,
    });
  });

  test("a round that failed says why", () => {
    traceRounds("kafka").onFailedRound?.({
      startedAt: 1_000_000,
      failedAt: 1_000_500,
      reason: "no broker answers",
      queues: ["sightline-events"],
    });
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({ name: "sightline.round", status: { code: SpanStatusCode.ERROR, message: "no broker answers" } });
    expect(ms(span!.endTime)).toBe(1_000_500);
  });
});

test("without an SDK a round leaves no span and no error", () => {
  expect(() => traceRounds("kafka").onRound?.(round())).not.toThrow();
});
