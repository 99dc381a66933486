/** What a relay must keep through `kill -9`, on every bus. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RelayProcess, startRelayProcess } from "../../dev/relay-process.ts";
import type { Reader } from "../../relay/bus/port/bus.ts";
import { createReadableBus } from "../../relay/bus/create.ts";
import { readConfig } from "../../relay/service/settings/config.ts";
import { readCounters } from "../../relay/state/counters.ts";
import { runQueue } from "./local-queue.ts";
import { envelope, pack } from "./queue.ts";

const RELAY_TOKEN = "a-token-for-the-tests";
const MESSAGES = 12;
const EVENTS = 5;

/** Messages of five events each, each message there a second time under another id, as from a client that sent it twice. */
function packsTwice(run: string): { messages: Map<string, string>; ids: string[] } {
  const messages = new Map<string, string>();
  const ids: string[] = [];
  for (let m = 0; m < MESSAGES; m++) {
    const events = Array.from({ length: EVENTS }, (_, e) => envelope({ id: `${run}-${m}-${e}-event`, copies: 1 }));
    ids.push(...events.map(({ id }) => id));
    messages.set(`${run}-${m}`, pack(events));
    messages.set(`${run}-${m}-again`, pack(events));
  }
  return { messages, ids };
}

/** At another moment of each delivery. */
const killSoon = (delivery: number, kill: () => void) => void setTimeout(kill, (delivery * 7) % 40);

/** Runs the suite; `busEnv` makes the settings of a fresh bus for one test. */
export function crashSuite(name: string, places: string[], busEnv: () => NodeJS.ProcessEnv): void {
  describe(`a relay on ${name}`, () => {
    let folder: string;
    beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "sightline-crash-"))));
    afterAll(() => rm(folder, { recursive: true, force: true }));

    const run = async (named: string, crashes: number, crash: Crash) => {
      const settings = { RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: join(folder, named), LOG_LEVEL: "silent", ...busEnv() };
      const { messages, ids } = packsTwice(named.replaceAll("_", "-"));
      const relay = superviseRelay((crashed) => ({ ...settings, ...(crashed < crashes ? crash.env?.(crashed) : {}) }));
      const onDelivery = (delivery: number): void => void (relay.crashes() < crashes && crash.onDelivery?.(delivery, relay.kill));
      await runQueue({ url: relay.url, token: RELAY_TOKEN, messages, onDelivery });
      const exit = await relay.stop();
      const bus = await createReadableBus(readConfig(settings).bus);
      const found = await idsOn(bus, settings);
      await bus.close();
      const once = JSON.stringify(found.toSorted()) === JSON.stringify(ids.toSorted());
      return { exit, crashedOftenEnough: relay.crashes() >= crashes, once, fates: fates(settings.DATA_DIR) };
    };
    const [copies, events] = [2, MESSAGES * EVENTS];
    const whole = {
      exit: 0,
      crashedOftenEnough: true,
      once: true,
      fates: { taken: copies * events, delivered: events, duplicate: (copies - 1) * events },
    };

    test.for(places)("killed %s, twice, delivers each event once and counts each once", async (place) => {
      const env = (crashed: number) => ({ SIGHTLINE_FAIL_POINT: `${place}:${crashed + 1}` });
      expect(await run(place, 2, { env })).toMatchObject(whole);
    });

    test("killed ten times while it works, delivers each event once and counts each once", async () => {
      expect(await run("anywhere", 10, { onDelivery: killSoon })).toMatchObject(whole);
    });
  });
}

/** How a relay is made to crash. */
interface Crash {
  /** Settings of a relay that was started after so many crashes. */
  env?: (crashed: number) => NodeJS.ProcessEnv;
  onDelivery?: (delivery: number, kill: () => void) => void;
}

/** Starts a relay again whenever it was killed. */
function superviseRelay(env: (crashed: number) => NodeJS.ProcessEnv) {
  const state = { ended: false, crashes: 0, relay: undefined as RelayProcess | undefined };
  const supervising = (async () => {
    while (!state.ended) {
      state.relay = await startRelayProcess({ env: env(state.crashes), log: "ignore" });
      if ((await state.relay.exited) === "SIGKILL") state.crashes++;
    }
  })();
  return {
    url: () => state.relay?.url ?? "http://127.0.0.1:1",
    kill: () => state.relay?.kill("SIGKILL"),
    crashes: () => state.crashes,
    async stop() {
      state.ended = true;
      const code = await state.relay?.stop();
      await supervising;
      return code;
    },
  };
}

async function idsOn(bus: Reader, { KAFKA_TOPIC_PREFIX = "" }: NodeJS.ProcessEnv): Promise<string[]> {
  const ids: string[] = [];
  for await (const { headers } of bus.read({ topics: [`${KAFKA_TOPIC_PREFIX}rec.exposure.recorded.v1`] }))
    ids.push(headers["event_id"] ?? "");
  return ids;
}

function fates(dataDir: string): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { fate, n } of readCounters(dataDir) ?? []) sums[fate] = (sums[fate] ?? 0) + n;
  return sums;
}
