import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { createSender } from "@sightline/client/server";
import type { WireEvent } from "@sightline/client/wire";
import { afterEach, describe, expect, it, vi } from "vitest";
import { sightline } from "../relay/cli/run.ts";
import { isAlive } from "../services/family.ts";
import { dataFolder, readBus, spawnStack, type StackProcess } from "./stack-process.ts";

const WAIT = { timeout: 60_000, interval: 100 };
const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

function folder(): string {
  const { dataDir, remove } = dataFolder();
  undo.push(remove);
  return dataDir;
}

function start(...args: Parameters<typeof spawnStack>): StackProcess {
  const stack = spawnStack(...args);
  undo.push(() => stack.stop());
  return stack;
}

function exposure(n: number): WireEvent {
  return {
    event_id: `start_test_${n}`,
    event_type: "exposure",
    timestamp: new Date().toISOString(),
    unit_type: "user",
    unit_id: "u_1",
    request_id: `start_request_${n}`,
    surface: "test.start",
    items: [{ item_id: "a", position: 1 }],
  };
}

const exposures = (from: number, count: number) => Array.from({ length: count }, (_, i) => exposure(from + i));

async function post(stack: StackProcess, events: WireEvent[]): Promise<void> {
  const { collector, server_key } = stack.file();
  const answer = await createSender({ endpoint: collector, key: server_key }).send(events);
  expect(answer).toEqual({ accepted: events.length, rejected: 0, duplicates: 0, errors: [] });
}

async function idsOnBus(dataDir: string): Promise<string[]> {
  return (await readBus(dataDir)).map(({ id }) => id).toSorted();
}

const ids = (events: WireEvent[]) => events.map(({ event_id }) => event_id ?? "").toSorted();

describe("npm start", () => {
  it("prints three addresses that answer, and writes them down for its owner alone", async () => {
    const dataDir = folder();
    const stack = start(dataDir);
    const addresses = (await stack.ready).map((line) => line.split(" ")[1] ?? "");
    expect(stack.stdout()).toMatch(
      /^shop http:\/\/127\.0\.0\.1:\d+\nlive http:\/\/127\.0\.0\.1:\d+\ncollector http:\/\/127\.0\.0\.1:\d+\n$/,
    );
    const [shop = "", live = "", collector = ""] = addresses;
    expect((await fetch(shop)).status).toBe(200);
    expect((await fetch(live)).status).toBe(200);
    expect((await fetch(`${collector}/v1/events`)).status).toBe(405);
    expect(stack.file()).toMatchObject({ pid: stack.pid, shop, live, collector, relay: live, publisher: "local" });
    expect(statSync(join(dataDir, "stack.json")).mode & 0o777).toBe(0o600);
    expect(stack.stderr()).toContain("Ctrl-C");
  });

  it("prints a curl line that works as it stands, and commands in the next terminal find what it runs", async () => {
    const dataDir = folder();
    const stack = start(dataDir);
    await stack.ready;
    await vi.waitUntil(() => stack.stderr().includes("  curl "), WAIT);
    const [curl = ""] = /^ {2}curl [^]*?'$/m.exec(stack.stderr()) ?? [];
    expect(JSON.parse(execFileSync("sh", ["-c", curl], { stdio: ["ignore", "pipe", "ignore"] }).toString())).toMatchObject({
      status: "accepted",
    });
    const sourced = `. ${dataDir}/env && curl --silent $COLLECTOR/v1/events --header "Authorization: Bearer $SERVER_KEY" --data '${JSON.stringify(exposure(1))}' --header "Content-Type: application/json"`;
    expect(JSON.parse(execFileSync("sh", ["-c", sourced]).toString())).toMatchObject({ event_id: "start_test_1" });
    const env = { DATA_DIR: dataDir };
    await vi.waitFor(async () => {
      const { code, out } = await sightline(["verify", "--json"], env);
      expect([code, JSON.parse(out)]).toMatchObject([0, { exposures: 1, outcomes: { purchase: 1 } }]);
    }, WAIT);
    const doctor = await sightline(["doctor", "--json"], env);
    expect(JSON.parse(doctor.out)).not.toContainEqual(expect.objectContaining({ verdict: "fail" }));
    expect((await sightline(["dlq", "replay"], env)).code).toBe(0);
    expect((await sightline(["keys", "list", "--json"], env)).code).toBe(0);
  });

  it("delivers what it has taken and leaves nothing running, at one Ctrl-C that reaches npm and its children alike", async () => {
    const dataDir = folder();
    const stack = start(dataDir, {}, ["npm", "start"]);
    await stack.ready;
    const events = exposures(0, 2_000);
    await post(stack, events);
    const family = stack.family();
    expect(family.length).toBeGreaterThanOrEqual(4);
    stack.interrupt();
    // npm itself, and the shell between, say that they were interrupted; the tests below see the exit code of the stack.
    await stack.exited;
    await vi.waitFor(() => expect(family.filter(isAlive)).toEqual([]), WAIT);
    expect(stack.stderr()).toContain("everything is on the bus");
    expect(await idsOnBus(dataDir)).toEqual(ids(events));
    expect(() => stack.file()).toThrow("stack.json");
  });

  it("ends on SIGTERM as on Ctrl-C", async () => {
    const stack = start(folder());
    await stack.ready;
    process.kill(stack.pid, "SIGTERM");
    expect(await stack.exited).toBe(0);
  });

  it("ends with nothing left when it is interrupted while it starts", async () => {
    const stack = start(folder());
    await vi.waitFor(() => expect(stack.stderr()).toContain("starting the collector"), WAIT);
    const family = stack.family();
    stack.interrupt();
    expect(await stack.exited).toBe(0);
    await vi.waitFor(() => expect(family.filter(isAlive)).toEqual([]), WAIT);
    expect(stack.stdout()).toBe("");
  });

  it("keeps its data over a restart", async () => {
    const dataDir = folder();
    const first = start(dataDir);
    await first.ready;
    await post(first, exposures(0, 10));
    await first.stop();
    const second = start(dataDir);
    await second.ready;
    await post(second, exposures(5, 10));
    await second.stop();
    expect(await idsOnBus(dataDir)).toEqual(ids(exposures(0, 15)));
  });

  it("brings a killed relay up again on the same port, and nothing is lost", async () => {
    const dataDir = folder();
    const stack = start(dataDir);
    await stack.ready;
    const { relay_pid, relay } = stack.file();
    await post(stack, exposures(0, 100));
    process.kill(relay_pid, "SIGKILL");
    await post(stack, exposures(100, 100));
    await vi.waitFor(() => expect(stack.file().relay_pid).not.toBe(relay_pid), WAIT);
    expect((await fetch(`${relay}/livez`)).status).toBe(200);
    await vi.waitFor(async () => expect(await idsOnBus(dataDir)).toEqual(ids(exposures(0, 200))), WAIT);
    expect(stack.stderr()).toContain("the relay ended (SIGKILL) and is started again");
  });

  it("takes other ports when the usual ones are taken, and says so", async () => {
    await Promise.all([8080, 8081, 8787].map(occupy));
    const stack = start(folder(), { SHOP_PORT: "", RELAY_PORT: "", COLLECTOR_PORT: "" });
    const lines = await stack.ready;
    expect(lines.join("\n")).not.toMatch(/:(8080|8081|8787)$/m);
    for (const port of [8080, 8081, 8787]) expect(stack.stderr()).toContain(`port ${port} for the`);
  });

  it("refuses to run twice on one folder, and goes on where the one before was killed", async () => {
    const dataDir = folder();
    const first = start(dataDir);
    await first.ready;
    const second = start(dataDir);
    expect(await second.exited).toBe(2);
    expect(second.stderr()).toContain(`a stack runs on ${dataDir} already (process ${first.pid}`);
    const { relay_pid } = first.file();
    process.kill(first.pid, "SIGKILL");
    await vi.waitFor(() => expect(isAlive(relay_pid)).toBe(false), WAIT);
    const third = start(dataDir);
    expect(await third.ready).toHaveLength(3);
  });

  it.each([
    [{ SHOP_PORT: "eighty" }, 'SHOP_PORT: expected a port from 0 (any free one) to 65535, got "eighty"'],
    [{ EVENT_PUBLISHER: "pigeon" }, "EVENT_PUBLISHER: expected one of eventbridge, kafka, redpanda, "],
    [{ EVENT_PUBLISHER: "kafka" }, "KAFKA_BROKERS: expected host:port of the brokers"],
  ])("ends with exit code 2 and says what it expected with %j", async (env, message) => {
    const stack = start(folder(), env);
    expect(await stack.exited).toBe(2);
    expect(stack.stderr()).toContain(message);
    expect(stack.stdout()).toBe("");
  });

  it("ends with exit code 2 and nothing left where a port that was asked for is taken", async () => {
    const port = await occupy(0);
    const stack = start(folder(), { SHOP_PORT: String(port) });
    await vi.waitFor(() => expect(stack.stderr()).toContain("starting the collector"), WAIT);
    const family = stack.family();
    expect(await stack.exited).toBe(2);
    expect(stack.stderr()).toContain(`port ${port} for the shop cannot be had`);
    await vi.waitFor(() => expect(family.filter(isAlive)).toEqual([]), WAIT);
  });

  it("keeps on the disk what a bus that is down does not take, and the next start delivers it", async () => {
    const dataDir = folder();
    const down = start(dataDir, { EVENT_PUBLISHER: "kafka", KAFKA_BROKERS: "127.0.0.1:9", LOG_LEVEL: "silent" });
    await down.ready;
    const events = exposures(0, 1_000);
    await post(down, events);
    down.interrupt();
    // A second Ctrl-C, over a second after the first, does not wait for the bus.
    await vi.waitFor(() => expect(down.stderr()).toContain("the queue is drained"), WAIT);
    const again = setInterval(() => down.interrupt(), 1_200);
    expect(await down.exited.finally(() => clearInterval(again))).toBe(0);
    expect(down.stderr()).toMatch(/[1-9]\d* messages that the bus did not take are in the spool/);
    const up = start(dataDir);
    await up.ready;
    await vi.waitFor(async () => expect(await idsOnBus(dataDir)).toEqual(ids(events)), WAIT);
  });
});

/** Listens on a port so that nobody else can; one that is taken by others is as good. */
async function occupy(port: number): Promise<number> {
  const server: Server = createServer().listen(port, "127.0.0.1");
  undo.push(() => server.close());
  await Promise.race([once(server, "listening"), once(server, "error")]).catch(() => {});
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}
