import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { startRelayProcess } from "../../dev/relay-process.ts";
import { createReadableBus } from "../../relay/bus/create.ts";
import { readConfig } from "../../relay/service/settings/config.ts";
import { stubCredentials } from "../services/aws.ts";
import { kinesisSettings } from "../services/kinesis-stream.ts";
import { crashSuite } from "./crash-suite.ts";
import { deliver, envelope, message, pack } from "./queue.ts";
import { untilReady } from "../services/until-ready.ts";

const RELAY_TOKEN = "a-token-for-the-tests";
const moto = inject("moto");
beforeAll(stubCredentials);
afterAll(async () => {
  vi.unstubAllEnvs();
});

const busEnv = () => kinesisSettings("url" in moto ? moto.url : "");

describe.skipIf("missing" in moto)(`on ${"missing" in moto ? moto.missing : "moto, an emulator"}`, { timeout: 120_000 }, () => {
  crashSuite("Kinesis", ["before_produce", "after_publish"], busEnv);

  test("killed in the middle of a batch, a relay publishes what the stream lacks of it, and nothing else, in order of its key", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sightline-middle-"));
    const env = { RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: folder, LOG_LEVEL: "silent", ...busEnv() };
    const topics = ["rec.exposure.recorded.v1"];
    const bus = await createReadableBus(readConfig(env).bus);
    const idsOn = async () => (await Array.fromAsync(bus.read({ topics }))).map(({ headers }) => headers["event_id"]);
    const ids = Array.from({ length: 6 }, (_, n) => `middle-${n}-event`);
    const messages = [message("m-1", pack(ids.map((id) => envelope({ id, partition_key: "one-key" }))))];

    const first = await startRelayProcess({ env: { ...env, SIGHTLINE_FAIL_POINT: "after_produce:2" }, log: "ignore" });
    await untilReady(first.url);
    await expect(deliver(first.url, RELAY_TOKEN, messages)).rejects.toThrow("fetch failed");
    expect(await first.exited).toBe("SIGKILL");
    expect(await idsOn()).toEqual(ids.slice(0, 2));

    const next = await startRelayProcess({ env, log: "ignore" });
    await untilReady(next.url);
    const answer = await deliver(next.url, RELAY_TOKEN, messages);
    expect(await answer.json()).toEqual({ verdicts: [{ id: "m-1", verdict: "ack" }] });
    expect(await next.stop()).toBe(0);
    expect(await idsOn()).toEqual(ids);
    await bus.close();
    await rm(folder, { recursive: true });
  });
});
