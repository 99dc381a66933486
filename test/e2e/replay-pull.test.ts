/**
 * The replay of a real log over both sources: every delivery of the collector's queue goes to a relay by push, and its messages into the
 * queue emulator, which another relay pulls from. Both buses must tell the same.
 */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type Request, Response } from "miniflare";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Collector, HIGH_LIMITS, startCollector } from "../services/collector.ts";
import { type RelayProcess, startRelayProcess } from "../../dev/relay-process.ts";
import type { Summary } from "../../demo/replay/summary.ts";
import type { VerifyReport } from "../../relay/analysis/verify/report.ts";
import { type Delivery, readDelivery } from "../../worker/src/envelope/delivery.ts";
import { ACCOUNT, openQueues, type Queues } from "../contract/source/queues.ts";
import { sightline } from "../relay/cli/run.ts";
import { spawnTied } from "../services/spawn-tied.ts";
import { dataFolder, ROOT } from "./stack-process.ts";
import { untilReady } from "../services/until-ready.ts";

const LOG = join(ROOT, "../shared/data/obd/men-random.csv");
const SURFACE = "obd.men-random";
const RELAY_TOKEN = "a-token-for-the-tests";
const missing = existsSync(LOG) ? "" : `: ${LOG} is not there`;
const PATIENCE = { timeout: 120_000, interval: 200 };

async function replay(...args: string[]): Promise<Summary> {
  const child = spawnTied(process.execPath, ["--no-warnings", join(ROOT, "demo/replay.ts"), ...args, "--json"], {
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, "close")) as [number];
  const [stdout, stderr] = await output;
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Summary;
}

/** Where a relay and its bus are. */
interface Place {
  folder: ReturnType<typeof dataFolder>;
  relay: RelayProcess;
}

async function startRelay(env: NodeJS.ProcessEnv): Promise<Place> {
  const folder = dataFolder();
  const common = { DATA_DIR: folder.dataDir, EVENT_PUBLISHER: "local", RELAY_PORT: "0", LOG_LEVEL: "error" };
  const relay = await startRelayProcess({ env: { ...common, ...env } });
  await untilReady(relay.url);
  return { folder, relay };
}

const verify = async ({ folder: { dataDir } }: Place): Promise<VerifyReport> => {
  const { code, out, err } = await sightline(["verify", "--surface", SURFACE, "--json"], { DATA_DIR: dataDir });
  expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out) as VerifyReport;
};

/** What both have to tell alike: not where a bus is, nor when it had the events. */
const alike = (report: VerifyReport) => ({
  ...report,
  source: "",
  redeliveries: 0,
  event_to_bus_ms: undefined,
  scopes: report.scopes.map((scope) => ({ ...scope, event_to_bus_ms: undefined })),
});

describe.skipIf(missing !== "")(`a replay over push and over pull${missing}`, () => {
  let queues: Queues;
  let push: Place;
  let pull: Place;
  let collector: Collector;

  /** Into the emulator go the same packs, each once, however often the local queue delivers it. */
  const seen = new Set<string>();
  const record = ({ queue, messages }: Delivery): void => {
    const fresh = messages.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    queues.put(
      fresh.map(({ body }) => body),
      queue,
    );
  };
  const outbound = async (request: Request): Promise<Response> => {
    const body = await request.text();
    record(readDelivery(body));
    const headers = { authorization: `Bearer ${RELAY_TOKEN}`, "content-type": "application/x-ndjson" };
    const answer = await fetch(`${push.relay.url}/v1/deliveries`, { method: "POST", headers, body });
    return new Response(await answer.text(), { status: answer.status, headers: { "content-type": "application/json" } });
  };

  beforeAll(async () => {
    queues = await openQueues();
    push = await startRelay({ RELAY_TOKEN });
    pull = await startRelay({
      SOURCE: "pull",
      CLOUDFLARE_API_URL: queues.emulator.apiUrl,
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT.accountId,
      CLOUDFLARE_API_TOKEN: ACCOUNT.token,
      CLOUDFLARE_QUEUE_IDS: Array.from(queues.emulator.ids, ([name, id]) => `${name}=${id}`).join(","),
    });
    collector = await startCollector({ relayUrl: push.relay.url, relayToken: RELAY_TOKEN, limits: HIGH_LIMITS, outbound });
  });
  afterAll(async () => {
    await collector?.close();
    for (const place of [push, pull]) {
      await place?.relay.stop();
      place?.folder.remove();
    }
    await queues?.close();
  });

  test("gives the same figures, copies and all", async () => {
    const target = ["--endpoint", collector.url, "--key", "sk_demo"];
    const { accepted, duplicates, rejected } = await replay(LOG, "--twice", "--shuffle", ...target);
    expect({ all: accepted + duplicates, rejected }).toEqual({ all: 20_092, rejected: {} });
    const figures: Partial<VerifyReport> = {
      exposures: 10_000,
      outcomes: { click: 46 },
      joined: 46,
      orphans: 0,
      duplicates: 10_046,
    };
    const pushed = await vi.waitFor(async () => {
      const report = await verify(push);
      expect(report).toMatchObject(figures);
      return report;
    }, PATIENCE);
    await vi.waitFor(() => expect(queues.lying()).toEqual([]), PATIENCE);
    // The relay has written its last counts a moment after it acked.
    await vi.waitFor(async () => expect(alike(await verify(pull))).toEqual(alike(pushed)), PATIENCE);
    expect((await verify(pull)).redeliveries).toBe(0);
    expect(seen.size).toBeGreaterThan(20);
  });
});
