import { describe, expect, test } from "vitest";
import { validEvents } from "../wire/load.ts";
import { inProcessCollector } from "./in-process-collector.ts";

const golden = new Map(validEvents().map(({ name, event }) => [name, event]));
const click = { ...golden.get("click"), event_id: "event_01" };
const exposure = { ...golden.get("exposure"), event_id: "event_02" };
const { request_id: _request, surface: _surface, ...unjoined } = click;

/** A collector with one key, of these rules. */
const withRules = (rules: object) => inProcessCollector({ keys: { sk_test: { tenant_id: "t1", kind: "server", ...rules } } });

describe("strict_join_keys", () => {
  test("refuses an outcome that names no request, and takes the others beside it", async () => {
    const { post, taken } = withRules({ strict_join_keys: true });
    const { status, answer } = await post({ events: [unjoined, { ...click, event_id: "event_03" }, exposure] });
    expect([status, answer]).toMatchObject([
      207,
      { accepted: 2, errors: [{ index: 0, error: "missing_request_id", path: "request_id", retryable: false }] },
    ]);
    expect(taken().map(({ id }) => id)).toEqual(["event_03", "event_02"]);
  });

  test("asks for no request of what is no outcome", async () => {
    const { request_id: _, ...report } = { ...golden.get("client-report") };
    expect(await withRules({ strict_join_keys: true }).post(report)).toMatchObject({ status: 202 });
  });

  test("is off unless it is set: such an outcome is taken, and flagged", async () => {
    const { post, taken } = withRules({});
    expect(await post(unjoined)).toMatchObject({ status: 202 });
    expect(taken()[0]?.metadata.flags).toContain("missing_request_id");
  });
});

describe("event_types", () => {
  test("refuses other types one by one, and takes its own", async () => {
    const { post, taken } = withRules({ event_types: ["click"] });
    const { status, answer } = await post({ events: [exposure, click] });
    expect([status, answer]).toMatchObject([
      207,
      { accepted: 1, errors: [{ index: 0, error: "type_not_allowed", path: "event_type", retryable: false }] },
    ]);
    expect(taken().map(({ event_type }) => event_type)).toEqual(["click"]);
  });

  test("refuses a single event of another type as it does one of a batch", async () => {
    const { status, answer } = await withRules({ event_types: ["purchase"] }).post(click);
    expect([status, answer]).toMatchObject([400, { error: { code: "type_not_allowed", details: { path: "event_type" } } }]);
  });
});

describe("limits of a key", () => {
  const clicks = [click, { ...click, event_id: "event_04" }, { ...click, event_id: "event_05" }];

  test("of events are told with the 413", async () => {
    const { post, taken } = withRules({ limits: { events: 2 } });
    expect(await post({ events: clicks.slice(1) })).toMatchObject({ status: 202 });
    const { status, answer } = await post({ events: clicks });
    expect([status, answer]).toMatchObject([413, { error: { code: "too_many_events", details: { events: 3, limit: 2 } } }]);
    expect(taken()).toHaveLength(2);
  });

  test("of an event's bytes are told with its verdict", async () => {
    const bytes = Buffer.byteLength(JSON.stringify(click));
    expect(await withRules({ limits: { event_bytes: bytes } }).post({ events: [click] })).toMatchObject({ status: 202 });
    const { answer } = await withRules({ limits: { event_bytes: bytes - 1 } }).post({ events: [click] });
    expect(answer).toMatchObject({ errors: [{ error: "event_too_large", message: `an event is at most ${bytes - 1} bytes` }] });
  });

  test("of a batch's bytes are told with the 413", async () => {
    const { post, taken } = withRules({ limits: { body_bytes: 500 } });
    const { status, answer } = await post({ events: clicks });
    expect([status, answer]).toMatchObject([
      413,
      { error: { code: "body_too_large", details: { events: 3, limit_bytes_merged: 500 } } },
    ]);
    expect(taken()).toEqual([]);
  });
});
