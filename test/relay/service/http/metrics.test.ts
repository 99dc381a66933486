import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningRelay, runRelay } from "../../../../relay/service/main.ts";
import { deliver, envelope, message, pack } from "../../queue.ts";
import { untilReady } from "../../../services/until-ready.ts";

const env = { RELAY_TOKEN: "a-token-for-the-tests", RELAY_PORT: "0", LOG_LEVEL: "silent", LIVE_VIEW: "true" };
const docs = readFileSync(new URL("../../../../docs/operate-relay.md", import.meta.url), "utf8");

/** What stands behind a series in a scrape. */
const value = (text: string, series: string) =>
  text
    .split("\n")
    .find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1);

describe("GET /metrics of a running relay", () => {
  const folder = mkdtempSync(join(tmpdir(), "sightline-metrics-"));
  let relay: RunningRelay;
  const start = async (): Promise<void> => {
    relay = await runRelay({ ...env, DATA_DIR: folder });
    await untilReady(url());
  };
  const url = () => `http://127.0.0.1:${relay.port}`;
  const scrape = async (accept = "application/openmetrics-text") =>
    (await fetch(`${url()}/metrics`, { headers: { accept } })).text();
  beforeAll(start);
  afterAll(async () => {
    await relay.stop();
    rmSync(folder, { recursive: true });
  });

  test("counts what came and what became of it, with a trace id of a delivered and of a dead-lettered event", async () => {
    const conflict = envelope({ id: "metric-0001", content_hash: "f".repeat(32) });
    const lines = [envelope({ id: "metric-0001" }), envelope({ id: "metric-0001" }), conflict, "this is no envelope"];
    expect((await deliver(url(), env.RELAY_TOKEN, [message("m1", pack(lines))])).status).toBe(200);
    const text = await scrape();
    const { trace_id } = conflict;
    expect(value(text, 'event_processed_total{event_type="exposure",fate="delivered"}')).toContain(
      `1 # {trace_id="${trace_id}"} 1 `,
    );
    expect(value(text, 'event_processed_total{event_type="exposure",fate="duplicate"}')).toContain(
      `1 # {trace_id="${trace_id}"} 1 `,
    );
    expect(value(text, 'event_failed_total{event_type="exposure",cause="event_id_conflict"}')).toContain(
      `1 # {trace_id="${trace_id}"} 1 `,
    );
    expect(value(text, 'event_failed_total{event_type="",cause="invalid_envelope"}')).toBe("1");
    expect(value(text, 'sightline_taken_total{event_type="exposure"}')).toMatch(/^3\b/);
    expect(value(text, "sightline_held")).toBe("0");
    expect(value(text, "sightline_publish_seconds_count")).toBe("1");
    expect(value(text, 'sightline_breaker_state{name="cluster"}')).toBe("0");
    expect(value(text, "sightline_taking")).toBe("1");
    expect(Number(value(text, "sightline_dedup_keys"))).toBeGreaterThan(0);
    expect(Number(value(text, 'sightline_queue_lag_seconds{queue="events"}'))).toBeGreaterThan(0);
  });

  test("a restart does not zero the conservation counters", async () => {
    await relay.stop();
    await start();
    const text = await scrape("text/plain");
    expect(value(text, 'event_processed_total{event_type="exposure",fate="delivered"}')).toBe("1");
    expect(value(text, 'event_failed_total{event_type="exposure",cause="event_id_conflict"}')).toBe("1");
    expect(value(text, "sightline_publish_seconds_count")).toBe("0");
  });

  test("every metric of the relay's own is in the docs, with its type, and none is there that is not", async () => {
    const text = await scrape("text/plain");
    const found = [...text.matchAll(/^# TYPE ((?:event|sightline)_\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    const told = [...docs.matchAll(/^\| `((?:event|sightline)_\w+)[^|]*\| (\w+) +\|/gm)].map(
      ([, name, type]) => `${name} ${type}`,
    );
    expect(told.toSorted()).toEqual(found.toSorted());
    expect(found.length).toBeGreaterThan(20);
  });
});
