import { mkdtempSync, rmSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createLocalBus } from "../../../../relay/bus/adapters/local/local.ts";
import { readCounters } from "../../../../relay/state/counters.ts";
import { type RunningRelay, runRelay } from "../../../../relay/service/main.ts";
import { exposuresIn } from "../../../contract/source/queues.ts";
import { deliver, envelope, message, pack } from "../../queue.ts";
import { untilReady } from "../../../services/until-ready.ts";

const RELAY_TOKEN = "a-token-for-the-tests";

describe("POST /v1/deliveries", () => {
  let folder: string;
  let relay: RunningRelay;
  let url: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sightline-push-"));
    relay = await runRelay({ RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: folder, LOG_LEVEL: "silent" });
    url = `http://127.0.0.1:${relay.port}`;
    await untilReady(url);
  });
  afterAll(async () => {
    await relay.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const post = (body: string, headers: Record<string, string> = { authorization: `Bearer ${RELAY_TOKEN}` }) =>
    fetch(`${url}/v1/deliveries`, { method: "POST", headers, body });

  test("keeps a connection for longer than Cloudflare does, so that no delivery is sent into one that the relay has closed", async () => {
    expect((await fetch(`${url}/livez`)).headers.get("keep-alive")).toBe("timeout=905");
  });

  test("returns a verdict for each message, by its id, once its events are on the bus", async () => {
    const bodies = [pack([envelope({ id: "push-0001" }), envelope({ id: "push-0002" })]), pack([envelope({ id: "push-0003" })])];
    const answer = await deliver(url, RELAY_TOKEN, [message("a", bodies[0]!), message("b", bodies[1]!)]);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      verdicts: [
        { id: "a", verdict: "ack" },
        { id: "b", verdict: "ack" },
      ],
    });
    expect(await exposuresIn(folder)).toEqual(expect.arrayContaining(["push-0001", "push-0002", "push-0003"]));
  });

  test("leaves a pack of a newer version to the queue, and takes the others", async () => {
    const newer = pack([envelope({ id: "push-0004" })]).replace('"v":1', '"v":3');
    const answer = await deliver(url, RELAY_TOKEN, [
      message("new", newer),
      message("old", pack([envelope({ id: "push-0005" })])),
    ]);
    const { verdicts } = (await answer.json()) as { verdicts: unknown[] };
    expect(verdicts).toMatchObject([
      { id: "new", verdict: "retry", delay_seconds: 60 },
      { id: "old", verdict: "ack" },
    ]);
    expect(await exposuresIn(folder)).not.toContain("push-0004");
  });

  test("acks what can never be read, once it is in the dead letters", async () => {
    const answer = await deliver(url, RELAY_TOKEN, [message("bad", "this is no pack")]);
    expect(await answer.json()).toEqual({ verdicts: [{ id: "bad", verdict: "ack" }] });
    const bus = createLocalBus({ dataDir: folder, dlqSuffix: ".dlq" });
    const deadLetters = await Array.fromAsync(bus.read({ topics: ["edge.event.rejected.v1.dlq"] }));
    const deadLetter = JSON.parse(String(deadLetters.at(-1)?.value));
    expect(deadLetter).toMatchObject({
      _dlq_original_base64: Buffer.from("this is no pack").toString("base64"),
      _dlq_metadata: { error_code: "undecodable_pack", details: { queue_message_id: "bad", deliveries: 1 } },
    });
  });

  test("takes many deliveries at once, each event once", async () => {
    const bodies = Array.from({ length: 30 }, (_, i) => pack([envelope({ id: `many-${String(i % 10).padStart(4, "0")}` })]));
    const answers = await Promise.all(bodies.map((body, i) => deliver(url, RELAY_TOKEN, [message(`many-${i}`, body)])));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect((await exposuresIn(folder)).filter((id) => id.startsWith("many-"))).toHaveLength(10);
  });

  test("refuses a caller without the token, before it reads the body", async () => {
    for (const headers of [{}, { authorization: "Bearer another" }, { authorization: RELAY_TOKEN }]) {
      const answer = await post("x", headers as Record<string, string>);
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ error: { code: "unauthorized" } });
    }
  });

  test("says what it expected where the body is no delivery", async () => {
    const answer = await post("nonsense");
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: { code: "unreadable_delivery", message: expect.stringContaining("expected") },
    });
  });

  test("refuses a body over the limit", async () => {
    const answer = await post("x".repeat(14_000_000));
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ error: { code: "body_too_large" } });
  });

  test("refuses for load before the body is read, and takes again once there is room", async () => {
    // Four deliveries that are announced and never sent: three of them have all the room there is.
    const headers = { authorization: `Bearer ${RELAY_TOKEN}`, "content-length": 13_000_000 };
    const outgoing = [1, 2, 3, 4].map(() => request(`${url}/v1/deliveries`, { method: "POST", headers }));
    const refused = outgoing.map(
      (one) =>
        new Promise<IncomingMessage>((resolve) =>
          one
            .once("response", resolve)
            .once("error", () => {})
            .flushHeaders(),
        ),
    );
    const answer = await Promise.race(refused);
    expect(answer.statusCode).toBe(503);
    expect(await json(answer)).toMatchObject({
      error: { code: "not_taking", message: "the relay has as much under way as it may" },
    });
    for (const one of outgoing) one.destroy();
    const again = message("room", pack([envelope({ id: "push-room" })]));
    await vi.waitFor(async () => expect((await deliver(url, RELAY_TOKEN, [again])).status).toBe(200), 10_000);
  });

  test("counts what it took, and all of it came to an end", async () => {
    // What was settled last is on the disk a moment later.
    await vi.waitFor(() => {
      let [taken, ended] = [0, 0];
      for (const { fate, n } of readCounters(folder) ?? []) {
        if (fate === "taken") taken += n;
        else if (fate !== "redelivered" && fate !== "collapsed") ended += n;
      }
      expect(taken).toBeGreaterThan(30);
      expect(ended).toBe(taken);
    }, 5_000);
  });
});

test("a relay whose bus is switched off takes nothing, and says so", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sightline-push-"));
  const relay = await runRelay({
    RELAY_TOKEN,
    RELAY_PORT: "0",
    DATA_DIR: folder,
    LOG_LEVEL: "silent",
    ENABLE_EVENT_BUS: "false",
  });
  const url = `http://127.0.0.1:${relay.port}`;
  const answer = await deliver(url, RELAY_TOKEN, [message("a", pack([envelope({ id: "off-0001" })]))]);
  expect(answer.status).toBe(503);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await (await fetch(`${url}/readyz`)).text()).toContain("ENABLE_EVENT_BUS");
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  await relay.stop();
  rmSync(folder, { recursive: true, force: true });
});
