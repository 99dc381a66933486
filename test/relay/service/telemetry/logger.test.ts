import { describe, expect, test } from "vitest";
import { readConfig } from "../../../../relay/service/settings/config.ts";
import { logRounds } from "../../../../relay/service/telemetry/log-rounds.ts";
import { createLogger } from "../../../../relay/service/telemetry/logger.ts";
import { counter, round, traceId } from "./rounds.ts";

const SECRETS = {
  RELAY_TOKEN: 'a "quoted" token of the tests',
  KAFKA_SASL_PASSWORD: "the-password",
  CLOUDFLARE_API_TOKEN: "the-api-token",
};

/** A log, and what was written to it. */
const stage = (env: NodeJS.ProcessEnv = {}) => {
  let text = "";
  const log = createLogger(readConfig({ ...SECRETS, LOG_LEVEL: "debug", ...env }), {
    write: (line: string) => void (text += line),
  });
  const lines = () =>
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, lines, text: () => text };
};

describe("the log", () => {
  test("strikes a secret out wherever a message, a field or an error has it", () => {
    const { log, lines, text } = stage();
    const error = new Error(`login with ${SECRETS.KAFKA_SASL_PASSWORD} failed`, {
      cause: new Error(SECRETS.CLOUDFLARE_API_TOKEN),
    });
    log.warn({ err: error, header: `Bearer ${SECRETS.RELAY_TOKEN}` }, `sent ${SECRETS.RELAY_TOKEN}`);
    expect(lines()).toMatchObject([
      { header: "Bearer [secret]", msg: "sent [secret]", err: { message: "login with [secret] failed" } },
    ]);
    for (const secret of Object.values(SECRETS)) expect(text()).not.toContain(JSON.stringify(secret).slice(1, -1));
  });

  test("tells of an error its message, code and causes, and nothing that a library hung on it", () => {
    const { log, lines, text } = stage();
    const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED", request: { body: "the payload" } });
    log.error({ err: Object.assign(new TypeError("failed", { cause }), { records: ["the payload"] }) }, "no");
    expect(lines()[0]?.["err"]).toMatchObject({
      type: "TypeError",
      message: "failed",
      cause: { message: "refused", code: "ECONNREFUSED" },
    });
    expect(text()).not.toContain("the payload");
  });
});

describe("rounds in the log", () => {
  test("each is one line at debug, with its figures and a trace id", () => {
    const { log, lines } = stage();
    logRounds(log).onRound?.(round({ settled: [counter("delivered", 2), counter("duplicate", 1)] }));
    expect(lines()).toHaveLength(1);
    expect(lines()[0]).toMatchObject({
      level: 20,
      ms: 100,
      publish_ms: 60,
      records: 2,
      delivered: 2,
      duplicates: 1,
      dead_lettered: 0,
      trace_id: traceId(1),
    });
  });

  test("what was dead-lettered is told at warn, by its code and the trace of one of them", () => {
    const { log, lines } = stage({ LOG_LEVEL: "info" });
    const settled = [counter("delivered", 2), counter("dead_lettered:event_id_conflict", 3)];
    const examples = [{ ...counter("dead_lettered:event_id_conflict", 3), trace_id: traceId(7) }];
    logRounds(log).onRound?.(round({ settled, examples }));
    expect(lines()).toHaveLength(1);
    expect(lines()[0]).toMatchObject({
      level: 40,
      error_code: "event_id_conflict",
      n: 3,
      trace_id: traceId(7),
      event_type: "exposure",
    });
  });

  test("one that failed is told at warn, with the reason", () => {
    const { log, lines } = stage({ LOG_LEVEL: "info" });
    logRounds(log).onFailedRound?.({ startedAt: 1, failedAt: 5, reason: "no broker answers", queues: ["sightline-events"] });
    expect(lines()[0]).toMatchObject({ level: 40, ms: 4, reason: "no broker answers", queues: ["sightline-events"] });
  });
});
