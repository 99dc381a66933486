import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { BusRecord } from "../../../../relay/bus/port/bus.ts";
import { createLocalBus } from "../../../../relay/bus/adapters/local/local.ts";
import { type RunningRelay, runRelay } from "../../../../relay/service/main.ts";
import { allTopics } from "../../../../relay/bus/port/topics.ts";
import { readCounters, totals } from "../../../../relay/state/counters.ts";
import { readDeadLetters } from "../../../../relay/bus/records/read-dead-letters.ts";
import { createRelayClient } from "../../../../relay/cli/dlq/relay-client.ts";
import { replayDeadLetters } from "../../../../relay/cli/dlq/replay-dead-letters.ts";
import { readDelivery } from "../../../../worker/src/envelope/delivery.ts";
import type { Envelope } from "../../../../worker/src/envelope/envelope.ts";
import { sightline } from "../run.ts";
import { deliver, envelope, message, pack } from "../../queue.ts";
import { deadLetterOf, deadLetterOfLine, deadLetterOfText } from "./dead-letters.ts";

const RELAY_TOKEN = "a-token-for-the-tests";
const topics = { prefix: "", dlqSuffix: ".dlq" };

/** One id for every content. */
const sent = (id: string, content_hash: string) => message(id, pack([envelope({ id: "event-01", content_hash })]));

/** As a relay that can settle the first message, and not the second. */
async function giveBackSecond(request: IncomingMessage, response: ServerResponse, brought: string[]): Promise<void> {
  const { messages } = readDelivery(Buffer.concat(await Array.fromAsync(request)).toString());
  brought.push(...messages.map(({ id }) => id));
  const [first, second] = messages.map(({ id }) => id);
  const held = { id: second, verdict: "retry", delay_seconds: 1, reason: "the topic rests" };
  response.end(JSON.stringify({ verdicts: [{ id: first, verdict: "ack" }, held] }));
}

describe("sightline dlq replay", () => {
  let DATA_DIR: string;
  let relay: RunningRelay | undefined;
  const relayUrl = (): string => `http://127.0.0.1:${relay?.port}`;
  let server: Server | undefined;
  let env: NodeJS.ProcessEnv;
  const bus = () => createLocalBus({ dataDir: DATA_DIR, dlqSuffix: ".dlq" });

  beforeEach(() => {
    DATA_DIR = mkdtempSync(join(tmpdir(), "sightline-replay-"));
    env = { DATA_DIR, RELAY_TOKEN, RELAY_PORT: "0", LOG_LEVEL: "silent" };
  });
  afterEach(async () => {
    await stop();
    server?.closeAllConnections();
    server?.close();
    server = undefined;
    rmSync(DATA_DIR, { recursive: true });
  });

  const stop = async (): Promise<void> => {
    await relay?.stop();
    relay = undefined;
  };
  /** Puts dead letters on the bus, and starts a relay that knows nothing of them. */
  const setUp = async (deadLetters: BusRecord[]): Promise<void> => {
    const filling = bus();
    await filling.publish({ number: 0, records: deadLetters });
    await filling.close();
    relay = await runRelay(env);
    await vi.waitFor(async () => expect((await fetch(`${relayUrl()}/readyz`)).status).toBe(200), 30_000);
  };
  const run = async (...args: string[]) => {
    const { code, out, err } = await sightline(["dlq", "replay", ...args, "--json"], { ...env, RELAY_URL: relayUrl() });
    return { code, err, report: out === "" ? undefined : JSON.parse(out) };
  };
  const published = async (): Promise<string[]> => {
    const records = await Array.fromAsync(bus().read({ topics: allTopics(topics) }));
    return records.filter(({ topic }) => !topic.endsWith(".dlq")).map(({ value }) => value.toString());
  };
  const ids = async () => (await published()).map((value) => (JSON.parse(value) as Envelope).id);
  const conserved = () => {
    const { taken, delivered, duplicates, dead_lettered, held } = totals(readCounters(DATA_DIR) ?? []);
    expect({ held, sum: delivered + duplicates + dead_lettered }).toEqual({ held: 0, sum: taken });
    return { taken, delivered, duplicates, dead_lettered };
  };

  test("publishes the original's bytes, once, however often it is run", async () => {
    const event = envelope({ id: "event-01" });
    const line = JSON.stringify(event).replace('"surface":"home"', '"surface":"home","big":12345678901234567890,"b":1,"10":2');
    await setUp([deadLetterOfLine(line, event)]);
    const done = { letters: 1, on_bus: 1, dead_lettered_again: [], not_taken: 0, stopped: null };
    expect(await run()).toMatchObject({ code: 0, report: done });
    expect(await run()).toMatchObject({ code: 0, report: done });
    expect(await published()).toEqual([line]);
    await stop();
    expect(conserved()).toEqual({ taken: 1, delivered: 1, duplicates: 0, dead_lettered: 0 });
  });

  test("does not double what got through by another way", async () => {
    const event = envelope({ id: "event-01" });
    await setUp([deadLetterOf(event), deadLetterOf(envelope({ id: "event-02" }))]);
    await deliver(relayUrl(), RELAY_TOKEN, [message("m1", pack([event]))]);
    expect(await run()).toMatchObject({ code: 0, report: { letters: 2, on_bus: 2, not_taken: 0 } });
    expect(await ids()).toEqual(["event-01", "event-02"]);
    await stop();
    expect(conserved()).toEqual({ taken: 3, delivered: 2, duplicates: 1, dead_lettered: 0 });
  });

  test("brings many dead letters in bounded deliveries and in their order", async () => {
    const events = Array.from({ length: 250 }, (_, n) => envelope({ id: `event-${n}`, partition_key: "one-key" }));
    await setUp(events.map((event) => deadLetterOf(event)));
    expect(await run()).toMatchObject({ code: 0, report: { letters: 250, on_bus: 250 } });
    expect(await ids()).toEqual(events.map(({ id }) => id));
  });

  test("says which dead letters failed again, and replays the newer one the next time", async () => {
    await setUp([deadLetterOfText("not json", "invalid_envelope", "t1")]);
    const first = await run();
    expect(first).toMatchObject({ code: 1, report: { letters: 1, on_bus: 0 } });
    const [again] = first.report.dead_lettered_again;
    expect(again).toMatchObject({ id: "edge.event.rejected.v1.dlq/0/1", error_code: "invalid_envelope" });
    const second = await run();
    expect(second.report).toMatchObject({ letters: 1, dead_lettered_again: [{ id: again.as }] });
    await stop();
    expect(conserved()).toEqual({ taken: 2, delivered: 0, duplicates: 0, dead_lettered: 2 });
    const { out } = await sightline(["dlq", "list"], env);
    expect(out).toContain(`replayed, failed again: ${again.as}`);
  });

  test("a second event under a known id stays a conflict, and is reported", async () => {
    await setUp([]);
    await deliver(relayUrl(), RELAY_TOKEN, [sent("m1", "1".repeat(32)), sent("m2", "2".repeat(32))]);
    const { code, report } = await run();
    expect(code).toBe(1);
    expect(report).toMatchObject({ letters: 1, on_bus: 0, dead_lettered_again: [{ error_code: "event_id_conflict" }] });
    expect(await published()).toEqual([JSON.stringify(envelope({ id: "event-01", content_hash: "1".repeat(32) }))]);
    await stop();
    expect(conserved()).toEqual({ taken: 3, delivered: 1, duplicates: 0, dead_lettered: 2 });
  });

  test("a message that could not be read comes back as a message, with all that is in it", async () => {
    const events = ["event-01", "event-02"].map((id) => envelope({ id }));
    await setUp([deadLetterOfText(pack(events), "undecodable_pack")]);
    expect(await run()).toMatchObject({ code: 0, report: { letters: 1, on_bus: 1 } });
    expect(await published()).toEqual(events.map((event) => JSON.stringify(event)));
  });

  test("an event that names another tenant than its pack does not pass by way of a replay", async () => {
    const line = JSON.stringify(envelope({ id: "event-01", tenant_id: "t2" }));
    await setUp([deadLetterOfText(line, "invalid_envelope", "t1"), deadLetterOfText(line, "invalid_envelope")]);
    expect(await run()).toMatchObject({ code: 1, report: { letters: 2, on_bus: 0 } });
    expect(await published()).toEqual([]);
  });

  test("brings only what is asked for: one dead letter, or those of a topic, an error, a time", async () => {
    const click = envelope({ id: "click-01", event_type: "click" });
    const recent = new Date().toISOString();
    await setUp([
      deadLetterOf(envelope({ id: "event-01" })),
      deadLetterOf(envelope({ id: "event-02" }), { error_code: "record_too_large" }),
      deadLetterOf(envelope({ id: "event-03" }), { failed_at: recent }),
      deadLetterOf(click),
      deadLetterOf(envelope({ id: "event-04" })),
    ]);
    await run("rec.exposure.recorded.v1.dlq/0/5");
    expect(await ids()).toEqual(["event-04"]);
    await run("--error", "record_too_large");
    await run("--since", "1h");
    await run("--topic", "rec.outcome.recorded.v1");
    expect(await ids()).toEqual(["event-04", "event-02", "event-03", "click-01"]);
  });

  test("leaves dead letters of another relay to that one, which alone knows what it published", async () => {
    const event = envelope({ id: "event-02" });
    await setUp([
      deadLetterOf(envelope({ id: "event-01" }), { details: { relay_slot: "1" } }),
      deadLetterOf(event, { details: { relay_slot: "0" } }),
    ]);
    expect(await run()).toMatchObject({ code: 0, report: { letters: 1, on_bus: 1 } });
    expect(await ids()).toEqual(["event-02"]);
  });

  test("with --dry-run it brings nothing, and counts what would go by topic and error", async () => {
    await setUp([deadLetterOf(envelope({ id: "event-01" })), deadLetterOf(envelope({ id: "event-02" }))]);
    const { code, report } = await run("--dry-run");
    expect(code).toBe(0);
    expect(report).toMatchObject([{ topic: "rec.exposure.recorded.v1.dlq", error_code: "topic_unavailable", letters: 2 }]);
    expect(await published()).toEqual([]);
  });

  test("without a relay, or with a wrong token, it says so and ends with 1", async () => {
    await setUp([deadLetterOf(envelope({ id: "event-01" }))]);
    const wrong = { ...env, RELAY_URL: relayUrl(), RELAY_TOKEN: "another-token-altogether" };
    expect(await sightline(["dlq", "replay"], wrong)).toMatchObject({
      code: 1,
      err: expect.stringContaining("refuses RELAY_TOKEN"),
    });
    const RELAY_URL = "http://127.0.0.1:1";
    const away = await sightline(["dlq", "replay"], { ...env, RELAY_URL });
    expect(away).toMatchObject({ code: 1, err: expect.stringContaining(`no relay answers at ${RELAY_URL}/v1/deliveries`) });
  });

  test("a relay that pulls takes replays too, where it has a token", async () => {
    const pulls = {
      SOURCE: "pull",
      CLOUDFLARE_ACCOUNT_ID: "account",
      CLOUDFLARE_QUEUE_IDS: "0123456789abcdef0123456789abcdef",
      CLOUDFLARE_API_TOKEN: "a-token-for-the-queues",
      CLOUDFLARE_API_URL: "http://127.0.0.1:1",
    };
    env = { ...env, ...pulls, RELAY_TOKEN: "" };
    const filling = bus();
    await filling.publish({ number: 0, records: [deadLetterOf(envelope({ id: "event-01" }))] });
    await filling.close();
    relay = await runRelay(env);
    const replaying = () => sightline(["dlq", "replay"], { ...env, RELAY_TOKEN, RELAY_URL: relayUrl() });
    expect(await replaying()).toMatchObject({ code: 1, err: expect.stringContaining("runs with RELAY_TOKEN set") });
    await stop();
    relay = await runRelay({ ...env, RELAY_TOKEN });
    expect(await replaying()).toMatchObject({ code: 0 });
    expect(await ids()).toEqual(["event-01"]);
  });

  test("without a token, or with an id that is none, it says what it expected and ends with 2", async () => {
    const { RELAY_TOKEN: _none, ...without } = env;
    expect(await sightline(["dlq", "replay"], without)).toMatchObject({ code: 2, err: expect.stringContaining("RELAY_TOKEN") });
    const { code, err } = await sightline(["dlq", "replay", "event-01"], env);
    expect(code).toBe(2);
    expect(err).toMatch(/expected an id such as \S+\.dlq\/0\/1, got event-01/);
  });

  /** Stands before the relay; `answer` may answer in its place. */
  const inFront = async (answer: (request: IncomingMessage, response: ServerResponse) => boolean): Promise<string> => {
    server = createServer(async (request, response) => {
      if (answer(request, response)) return;
      const body = Buffer.concat(await Array.fromAsync(request));
      const headers = { authorization: request.headers.authorization ?? "" };
      const answered = await fetch(`${relayUrl()}${request.url}`, { method: "POST", headers, body });
      response.writeHead(answered.status, { "content-type": "application/json" }).end(await answered.text());
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const deadLetters = () => readDeadLetters({ bus: bus(), topics: ["rec.exposure.recorded.v1.dlq"] });

  test("waits as long as a relay that takes nothing says, and goes on", async () => {
    await setUp([deadLetterOf(envelope({ id: "event-01" }))]);
    let asked = 0;
    const url = await inFront((_request, response) => {
      if (++asked > 2) return false;
      if (asked === 1) response.writeHead(503, { "retry-after": "1" }).end("the bus is down");
      // As a relay that is killed while it has a delivery.
      else response.destroy();
      return true;
    });
    const waits: [string, number][] = [];
    const onWait = (reason: string, seconds: number): void => void waits.push([reason, seconds]);
    const done = await replayDeadLetters({
      deadLetters: deadLetters(),
      deliver: createRelayClient({ url, token: RELAY_TOKEN }),
      onWait,
    });
    expect(done).toEqual({ settled: ["rec.exposure.recorded.v1.dlq/0/1"], stopped: undefined });
    expect(waits).toEqual([
      ["the relay answered 503: the bus is down", 1],
      [expect.stringContaining("no relay answers at"), 2],
    ]);
    expect(await ids()).toEqual(["event-01"]);
  });

  test("gives up with the reason when the relay takes nothing for too long", async () => {
    env["ENABLE_EVENT_BUS"] = "false";
    const filling = bus();
    await filling.publish({ number: 0, records: [deadLetterOf(envelope({ id: "event-01" }))] });
    await filling.close();
    relay = await runRelay(env);
    const client = createRelayClient({ url: relayUrl(), token: RELAY_TOKEN });
    const { settled, stopped } = await replayDeadLetters({ deadLetters: deadLetters(), deliver: client, patienceMs: 1 });
    expect(settled).toEqual([]);
    expect(stopped).toContain("ENABLE_EVENT_BUS is false");
  });

  test("brings again only what the relay gave back, after the delay that it named", async () => {
    await setUp(["event-01", "event-02"].map((id) => deadLetterOf(envelope({ id }))));
    const brought: string[] = [];
    const url = await inFront((request, response) => {
      if (brought.length > 0) return false;
      void giveBackSecond(request, response, brought);
      return true;
    });
    const waits: string[] = [];
    const held = createRelayClient({ url, token: RELAY_TOKEN });
    const done = await replayDeadLetters({ deadLetters: deadLetters(), deliver: held, onWait: (reason) => waits.push(reason) });
    expect(done).toEqual({
      settled: ["rec.exposure.recorded.v1.dlq/0/1", "rec.exposure.recorded.v1.dlq/0/2"],
      stopped: undefined,
    });
    expect(waits).toEqual(["the topic rests"]);
    // The first was said to be settled, and so was not brought again.
    expect(await ids()).toEqual(["event-02"]);
  });
});
