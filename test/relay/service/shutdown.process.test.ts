import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startRelayProcess } from "../../../dev/relay-process.ts";
import { readCounters, totals } from "../../../relay/state/counters.ts";
import { runQueue } from "../local-queue.ts";
import { envelope, pack } from "../queue.ts";
import { untilReady, untilUnready } from "../../services/until-ready.ts";

const RELAY_TOKEN = "a-token-for-the-tests";

describe("a relay that is told to stop", () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  /** Takes connections and says nothing. */
  let silent: Server;
  const sockets = new Set<Socket>();
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sightline-shutdown-"));
    env = { RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: folder, LOG_LEVEL: "silent" };
    silent = createServer((socket) => void sockets.add(socket)).listen(0, "127.0.0.1");
    await once(silent, "listening");
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const silentKafka = () => {
    const { port } = silent.address() as { port: number };
    return { ...env, EVENT_PUBLISHER: "kafka", KAFKA_BROKERS: `127.0.0.1:${port}` };
  };

  test("in the middle of deliveries has told the queue of all that it took, and what it did not take is taken by the next", async () => {
    const ids = Array.from({ length: 60 }, (_, n) => `stopping-${String(n).padStart(3, "0")}`);
    const messages = new Map(ids.map((id) => [`m-${id}`, pack([envelope({ id })])]));
    let relay = await startRelayProcess({ env, log: "ignore" });
    let stopping: Promise<unknown> | undefined;
    const onDelivery = (number: number): void => {
      if (number !== 8) return;
      stopping = relay.stop().then(async (code) => {
        relay = await startRelayProcess({ env, log: "ignore" });
        return code;
      });
    };
    await runQueue({ url: () => relay.url, token: RELAY_TOKEN, messages, onDelivery });
    expect(await stopping).toBe(0);
    await relay.stop();
    const { taken, delivered, duplicates, redelivered, held } = totals(readCounters(folder) ?? []);
    expect({ taken, delivered, duplicates, redelivered, held }).toEqual({
      taken: 60,
      delivered: 60,
      duplicates: 0,
      redelivered: 0,
      held: 0,
    });
  });

  test("ends with 0 within its time though the brokers hang", async () => {
    const relay = await startRelayProcess({ env: { ...silentKafka(), SHUTDOWN_SECONDS: "1" }, log: "ignore" });
    await vi.waitFor(() => expect(sockets.size).toBeGreaterThan(0));
    expect(await relay.stop()).toBe(0);
  });

  test("a second time ends at once, with 1, whatever it still waits for", async () => {
    const relay = await startRelayProcess({ env, log: "ignore" });
    await untilReady(relay.url);
    // A delivery whose body never ends: an end in order waits for its response.
    const headers = { authorization: `Bearer ${RELAY_TOKEN}`, expect: "100-continue" };
    const delivery = request(`${relay.url}/v1/deliveries`, { method: "POST", headers });
    delivery.on("error", () => {});
    delivery.flushHeaders();
    await once(delivery, "continue");
    relay.kill("SIGTERM");
    await untilUnready(relay.url, "stopping");
    relay.kill("SIGTERM");
    expect(await relay.exited).toBe(1);
  });
});
