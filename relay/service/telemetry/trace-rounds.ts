/**
 * Rounds as traces, over OpenTelemetry's API alone: without an SDK in the process this does nothing.
 *
 * Events of one round come from many traces, so the round is a trace of its own that links to theirs; a record's `traceparent` stays
 * its event's. Names and attributes follow the semantic conventions of messaging
 * (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/).
 */
import { type Context, type Link, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api";
import type { FailedRound, Observer, RoundReport } from "./observer.ts";

/** What SDKs keep of a span's links by default. */
const MAX_LINKS = 128;

/** Makes the observer. `system` is the bus as the conventions name it, such as `kafka`. */
export function traceRounds(system: string): Observer {
  const tracer = trace.getTracer("sightline.relay");
  const begin = (name: string, kind: SpanKind, operation: string, startTime: number, context: Context = ROOT_CONTEXT) =>
    tracer.startSpan(
      name,
      {
        kind,
        startTime,
        attributes: { "messaging.system": system, "messaging.operation.name": operation, "messaging.operation.type": operation },
      },
      context,
    );

  return {
    onRound(report: RoundReport) {
      const round = begin("sightline.round", SpanKind.CONSUMER, "process", report.startedAt);
      if (round.isRecording()) {
        round.addLinks(report.traceIds.slice(0, MAX_LINKS).flatMap(linkTo));
        round.setAttribute("sightline.queues", [...new Set(report.oldest.map(({ queue }) => queue))]);
        const context = trace.setSpan(ROOT_CONTEXT, round);
        for (const { topic, count, bytes } of report.records) {
          const send = begin(`send ${topic}`, SpanKind.CLIENT, "send", report.publishedFrom, context);
          send.setAttributes({ "messaging.destination.name": topic, "messaging.batch.message_count": count });
          send.setAttribute("sightline.batch.bytes", bytes);
          send.end(report.publishedAt);
        }
        for (const { fate, n } of byFate(report)) round.setAttribute(`sightline.events.${fate}`, n);
      }
      round.end(report.settledAt);
    },
    onFailedRound({ startedAt, failedAt, reason, queues }: FailedRound) {
      const round = begin("sightline.round", SpanKind.CONSUMER, "process", startedAt);
      round.setAttributes({ "sightline.queues": queues, "error.type": "_OTHER" });
      round.setStatus({ code: SpanStatusCode.ERROR, message: reason });
      round.end(failedAt);
    },
  };
}

/** The span of the record's `traceparent`, which the envelope's trace id alone decides. */
function linkTo(traceId: string): Link[] {
  if (!/^(?!0{16})[0-9a-f]{16}(?!0{16})[0-9a-f]{16}$/.test(traceId)) return [];
  return [{ context: { traceId, spanId: traceId.slice(16), traceFlags: TraceFlags.NONE, isRemote: true } }];
}

function byFate({ settled }: RoundReport): { fate: string; n: number }[] {
  const sums = new Map<string, number>();
  for (const { fate, n } of settled) {
    const [kind = ""] = fate.split(":", 1);
    sums.set(kind, (sums.get(kind) ?? 0) + n);
  }
  return [...sums].map(([fate, n]) => ({ fate, n }));
}
