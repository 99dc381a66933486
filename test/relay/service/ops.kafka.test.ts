import { kafkaBus } from "../../services/bus-of.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { type RelayProcess, startRelayProcess } from "../../../dev/relay-process.ts";
import { examine } from "../../../relay/cli/doctor/examine.ts";
import { type KafkaBehindProxy, startKafkaBehindProxy } from "../../services/kafka-behind-proxy.ts";
import { API } from "../../services/kafka-proxy.ts";
import { runQueue } from "../local-queue.ts";
import { deliver, envelope, message, pack } from "../queue.ts";

const RELAY_TOKEN = "a-token-for-the-tests";
const TOPIC = "rec.exposure.recorded.v1";
/** A commit is answered before its marker is in every partition: what is read back at once may not be all. */
const READ = { timeout: 20_000 };
const service = inject("kafka");

const messages = (ids: string[]) => new Map(ids.map((id) => [`m-${id}`, pack([envelope({ id })])]));

describe.skipIf("missing" in service)(`operating a relay on ${"missing" in service ? service.missing : "a real broker"}`, () => {
  let kafka: KafkaBehindProxy;
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let relay: RelayProcess | undefined;
  beforeAll(async () => void (kafka = await startKafkaBehindProxy()));
  afterAll(() => kafka?.stop());
  beforeEach(async ({ task }) => {
    folder = await mkdtemp(join(tmpdir(), "sightline-ops-"));
    const place = `t${task.id.replaceAll(/\W/g, "")}`;
    env = {
      RELAY_TOKEN,
      RELAY_PORT: "0",
      DATA_DIR: folder,
      LOG_LEVEL: "silent",
      EVENT_PUBLISHER: "kafka",
      KAFKA_BROKERS: kafka.brokers,
      KAFKA_TOPIC_PREFIX: `${place}.`,
      KAFKA_CLIENT_ID: place,
      CLOUDFLARE_API_URL: "http://127.0.0.1:1",
    };
  });
  afterEach(async () => {
    await relay?.stop();
    relay = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (given: NodeJS.ProcessEnv = {}): Promise<RelayProcess> => {
    relay = await startRelayProcess({ env: { ...env, ...given }, log: "ignore" });
    const { url } = relay;
    await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), 30_000);
    return relay;
  };
  const onBus = async (): Promise<string[]> => {
    const bus = kafkaBus(env);
    const records = await Array.fromAsync(bus.read({ topics: [env["KAFKA_TOPIC_PREFIX"] + TOPIC] }));
    await bus.close();
    return records.map(({ headers }) => headers["event_id"] ?? "").toSorted();
  };
  const busFindings = async (given: NodeJS.ProcessEnv = {}): Promise<string> => {
    const all = await examine({ ...env, ...given });
    return all.flatMap(({ check, verdict, found }) => (check === "bus" ? [`${verdict}: ${found}`] : [])).join("\n");
  };

  test("the doctor sees brokers and topics, and whether somebody has to make these", async () => {
    expect(await busFindings()).toMatch(/^ok: 1 broker at .*\nok: 13 of 13 topics are missing: .*the relay creates them/);
    expect(await busFindings({ KAFKA_CREATE_TOPICS: "false" })).toMatch(/\nfail: 13 of 13 topics are missing/);
    await start();
    expect(await busFindings()).toMatch(
      /^ok: 1 broker at .*\nok: all 13 topics are there\nok: the 6 event topics that are there have 3 partitions each\nok: 1 replica: /,
    );
  });

  test("the doctor does not get into the way of the relay that runs", async () => {
    const { url } = await start();
    await runQueue({ url: () => url, token: RELAY_TOKEN, messages: messages(["before-001"]) });
    expect(await busFindings()).not.toMatch(/warn|fail/);
    const { refused } = await runQueue({ url: () => url, token: RELAY_TOKEN, messages: messages(["after-001"]) });
    expect(refused).toBe(0);
    await expect.poll(onBus, READ).toEqual(["after-001", "before-001"]);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("sightline_failed_rounds_total 0\n");
  });

  test("told to stop while the broker's word on a commit is awaited, it ends with 0, and the next relay publishes nothing twice", async () => {
    const first = await start({ SHUTDOWN_SECONDS: "1" });
    const hold = kafka.proxy.holdNext(API.EndTxn, "response");
    const body = pack([envelope({ id: "stopped-001", partition_key: "one" })]);
    const answer = deliver(first.url, RELAY_TOKEN, [message("m", body)]).catch(() => undefined);
    await hold.held;
    expect(await first.stop()).toBe(0);
    expect((await answer)?.ok ?? false).toBe(false);
    const second = await start();
    expect((await deliver(second.url, RELAY_TOKEN, [message("m", body, 2)])).status).toBe(200);
    // Behind it in the same partition: once this is read, so is all that was published before.
    const after = pack([envelope({ id: "stopped-002", partition_key: "one" })]);
    expect((await deliver(second.url, RELAY_TOKEN, [message("m2", after)])).status).toBe(200);
    await expect.poll(async () => (await onBus()).includes("stopped-002"), READ).toBe(true);
    expect(await onBus()).toEqual(["stopped-001", "stopped-002"]);
  });

  test("the states of the breaker are in the metrics, in order, after the broker was away", async () => {
    const { url } = await start({
      EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD: "2",
      EVENT_BUS_CIRCUIT_BREAKER_SUCCESS_THRESHOLD: "1",
      EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS: "1",
    });
    const metrics = async () => (await fetch(`${url}/metrics`)).text();
    await kafka.kill();
    const queue = runQueue({ url: () => url, token: RELAY_TOKEN, messages: messages(["away-001", "away-002"]) });
    await vi.waitFor(async () => expect(await metrics()).toContain('sightline_breaker_state{name="cluster"} 2\n'), 40_000);
    expect(await metrics()).toContain("sightline_taking 0\n");
    const answer = await fetch(`${url}/health`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ open_circuits: ["cluster"], healthy: false });
    await kafka.start();
    await queue;
    const text = await metrics();
    const times = ["OPEN", "HALF_OPEN", "CLOSED"].map((state) => {
      const [, at] = new RegExp(`transition_timestamp_seconds\\{name="cluster",state="${state}"\\} (\\S+)`).exec(text) ?? [];
      return Number(at);
    });
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.every((at) => at > 0)).toBe(true);
    expect(text).toContain('sightline_breaker_state{name="cluster"} 0\n');
    expect(text).toContain("sightline_taking 1\n");
    await expect.poll(onBus, READ).toEqual(["away-001", "away-002"]);
  });
});
