/** The golden files as the relay meets them: the delivery byte for byte over HTTP, its envelopes byte for byte on the bus. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StoredRecord } from "../../relay/bus/port/bus.ts";
import { createLocalBus } from "../../relay/bus/adapters/local/local.ts";
import { allTopics } from "../../relay/bus/port/topics.ts";
import { readConfig } from "../../relay/service/settings/config.ts";
import { KEYS } from "./queue.ts";
import { decode } from "../../relay/service/decode/decode.ts";
import { type RunningRelay, runRelay } from "../../relay/service/main.ts";
import { readPack } from "../../worker/src/envelope/pack.ts";
import { deliveryInput, wireText } from "../wire/load.ts";
import { untilReady } from "../services/until-ready.ts";

const RELAY_TOKEN = "a-token-for-the-tests";

describe("the golden files", () => {
  let folder: string;
  let relay: RunningRelay;
  let records: StoredRecord[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sightline-golden-"));
    const env = { RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: folder, LOG_LEVEL: "silent" };
    relay = await runRelay(env);
    const url = `http://127.0.0.1:${relay.port}`;
    await untilReady(url);
    const headers = { authorization: `Bearer ${RELAY_TOKEN}` };
    const answer = await fetch(`${url}/v1/deliveries`, { method: "POST", headers, body: wireText("delivery.txt") });
    const verdicts = deliveryInput().messages.map(({ id }) => ({ id, verdict: "ack" }));
    if (JSON.stringify(await answer.json()) !== JSON.stringify({ verdicts })) throw new Error("expected an ack for each message");
    const bus = createLocalBus({ dataDir: folder, dlqSuffix: ".dlq" });
    records = await Array.fromAsync(bus.read({ topics: allTopics(readConfig(env).bus.topics) }));
  });
  afterAll(async () => {
    await relay.stop();
    rmSync(folder, { recursive: true });
  });

  test("every envelope of the pack is on the bus, byte for byte, in order", () => {
    const live = records.filter(({ topic }) => !topic.endsWith(".dlq"));
    expect(live.map(({ value }) => value.toString())).toEqual(readPack(wireText("pack.txt")).lines);
  });

  test("a message that is no pack is a dead letter that holds its bytes", () => {
    const dead = records.filter(({ topic }) => topic.endsWith(".dlq"));
    const bodies = deliveryInput()
      .messages.slice(1)
      .map(({ body }) => body);
    const kept = dead.map(({ value }) => JSON.parse(value.toString()) as Record<string, unknown>);
    const originals = kept.map((deadLetter) => Buffer.from(String(deadLetter["_dlq_original_base64"]), "base64").toString());
    expect(originals).toEqual(bodies);
    for (const deadLetter of kept) expect(deadLetter).toMatchObject({ _dlq_metadata: { error_code: "undecodable_pack" } });
  });

  test("every line of both packs can be read by the relay", () => {
    for (const name of ["pack.txt", "pack-rejects.txt"]) {
      const { lines } = decode(Buffer.from(wireText(name)), KEYS) as { lines: object[] };
      expect(lines).toHaveLength(readPack(wireText(name)).lines.length);
      expect(lines.filter((line) => "code" in line)).toEqual([]);
    }
  });
});
