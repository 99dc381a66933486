/** The bus eventbridge on an emulator, with a rule that puts what is published into a queue, behind a proxy that plays partial failures. */
import { randomUUID } from "node:crypto";
import { CreateEventBusCommand, EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { checkBus } from "../../../relay/cli/doctor/check-bus.ts";
import type { BusRecord } from "../../../relay/bus/port/bus.ts";
import { readConfig } from "../../../relay/service/settings/config.ts";
import { awsSettings, eventbridgeBus, stubCredentials } from "../../services/aws.ts";
import { type Call, pass, refusal, startKinesisProxy } from "../../services/kinesis-proxy.ts";

const moto = inject("moto");
const endpoint = "url" in moto ? moto.url : "";
const TOPIC = "rec.exposure.recorded.v1";

const record = (key: string, n: number, value = `{"n":${n}, "é":"ü"}`): BusRecord => ({
  topic: TOPIC,
  key,
  value: Buffer.from(value),
  headers: {},
});
const fill = (bytes: number): string => `{"n":0,"x":"${"x".repeat(bytes - 14)}"}`;
const many = (count: number, keys: number): BusRecord[] => Array.from({ length: count }, (_, n) => record(`key-${n % keys}`, n));

interface PutEvent {
  Detail: string;
}

/** Passes a PutEvents on without those that `isOut`, and answers for these with a code. */
async function without({ body, forward }: Call, isOut: (detail: string) => boolean, ErrorCode: string) {
  const entries = body["Entries"] as PutEvent[];
  const taken = entries.filter(({ Detail }) => !isOut(Detail));
  const answers = taken.length === 0 ? [] : ((await forward({ ...body, Entries: taken })).body["Entries"] as unknown[]);
  const Entries = entries.map(({ Detail }) => (isOut(Detail) ? { ErrorCode, ErrorMessage: "played" } : answers.shift()));
  return { status: 200, body: { FailedEntryCount: entries.length - taken.length, Entries } };
}

describe.skipIf("missing" in moto)(`on ${"missing" in moto ? moto.missing : "moto, an emulator"}`, { timeout: 60_000 }, () => {
  let proxy: Awaited<ReturnType<typeof startKinesisProxy>>;
  let events: EventBridgeClient;
  let sqs: SQSClient;
  beforeAll(async () => {
    stubCredentials();
    proxy = await startKinesisProxy(endpoint);
    events = new EventBridgeClient({ region: "eu-west-1", endpoint });
    sqs = new SQSClient({ region: "eu-west-1", endpoint });
  });
  afterEach(() => {
    proxy.play = pass;
  });
  afterAll(async () => {
    await proxy?.stop();
    events?.destroy();
    sqs?.destroy();
    vi.unstubAllEnvs();
  });

  const settings = (EVENTBRIDGE_BUS: string): NodeJS.ProcessEnv => ({
    ...awsSettings("EVENTBRIDGE", proxy.url),
    EVENTBRIDGE_BUS,
  });
  const busOf = (name: string) => eventbridgeBus(settings(name));
  const look = (name: string) => checkBus(readConfig(settings(name)));
  /** An event bus, and a rule that puts all of a source into a queue. */
  const makeBus = async (): Promise<{ name: string; queue: string }> => {
    const name = randomUUID();
    await events.send(new CreateEventBusCommand({ Name: name }));
    const queue = (await sqs.send(new CreateQueueCommand({ QueueName: name }))).QueueUrl ?? "";
    const rule = { Name: name, EventBusName: name, EventPattern: '{"source":["sightline"]}' };
    await events.send(new PutRuleCommand(rule));
    const Arn = `arn:aws:sqs:eu-west-1:123456789012:${name}`;
    await events.send(new PutTargetsCommand({ Rule: name, EventBusName: name, Targets: [{ Id: "queue", Arn }] }));
    return { name, queue };
  };
  /** What the queue has, in the order in which it came. */
  const drain = async (QueueUrl: string): Promise<{ "detail-type": string; detail: { n: number } }[]> => {
    const all: string[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return all.map((body) => JSON.parse(body) as { "detail-type": string; detail: { n: number } });
      all.push(...Messages.map(({ Body = "" }) => Body));
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  };

  test("what is published is in the queue of a rule, its value the detail, and its topic the detail type", async () => {
    const { name, queue } = await makeBus();
    const bus = busOf(name);
    await bus.open([]);
    await bus.publish({ number: 1, records: many(25, 7) });
    const found = await drain(queue);
    expect(found.map(({ detail }) => detail.n).toSorted((a, b) => a - b)).toEqual(many(25, 7).map((_, n) => n));
    expect(found[0]).toMatchObject({ source: "sightline", "detail-type": TOPIC, detail: { é: "ü" } });
    await bus.close();
  });

  test("with every third event refused once, each is there once, in order of its key", async () => {
    const { name, queue } = await makeBus();
    const bus = busOf(name);
    const refused = new Set<string>();
    const isOut = (detail: string): boolean => /[0369],/.test(detail) && !refused.has(detail) && refused.size < 20;
    proxy.play = async (call) => {
      const out = (call.body["Entries"] as PutEvent[]).map(({ Detail }) => Detail).filter(isOut);
      for (const detail of out) refused.add(detail);
      return without(call, (detail) => out.includes(detail), "ThrottlingException");
    };
    await bus.publish({ number: 1, records: many(60, 6) });
    expect(refused.size).toBeGreaterThanOrEqual(20);
    const found = (await drain(queue)).map(({ detail }) => detail.n);
    for (let key = 0; key < 6; key++) {
      expect(found.filter((n) => n % 6 === key)).toEqual(Array.from({ length: 10 }, (_, n) => key + 6 * n));
    }
    await bus.close();
  });

  test("what EventBridge will never take is refused, and the rest is told as published or missing", async () => {
    const { name } = await makeBus();
    const bus = busOf(name);
    const [good, bad, after] = [record("a", 1), record("b", 2), record("b", 3)];
    proxy.play = (call) => without(call, (detail) => detail.includes('"n":2'), "MalformedDetail");
    const error: unknown = await bus.publish({ number: 1, records: [good, bad, after] }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ outcome: "absent", missing: [bad, after] });
    expect([...(error as { refused: Map<BusRecord, unknown> }).refused]).toEqual([
      [bad, { code: "record_refused", message: "MalformedDetail: played" }],
    ]);
    await bus.close();
  });

  test("values that are no JSON objects, and events above 256 KB as AWS counts them, are refused before anything is sent", async () => {
    const { name, queue } = await makeBus();
    const bus = busOf(name);
    const most = 262_144 - "sightline".length - TOPIC.length;
    const [fits, large] = [record("a", 0, fill(most)), record("a", 0, fill(most + 1))];
    const foreign = ["[1]", "null", "text", "\u0000"].map((value) => record("a", 0, value));
    const broken = { ...record("a", 0), value: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) };
    const records = [fits, large, ...foreign, broken];
    const error: unknown = await bus.publish({ number: 1, records }).catch((thrown: unknown) => thrown);
    const { refused } = error as { refused: Map<BusRecord, { code: string }> };
    expect([...refused].map(([one, { code }]) => [records.indexOf(one), code])).toEqual([
      [1, "record_too_large"],
      ...[2, 3, 4, 5, 6].map((index) => [index, "record_refused"]),
    ]);
    await bus.publish({ number: 2, records: [fits] });
    expect(await drain(queue)).toHaveLength(1);
    await bus.close();
  });

  test("an event bus that does not exist is an error to open, since AWS would confirm and drop", async () => {
    const bus = busOf("nobody-made-it");
    await expect(bus.open([])).rejects.toThrow(/no event bus nobody-made-it in eu-west-1 .*EVENTBRIDGE_BUS/);
    await bus.close();
  });

  test("of a request that was cut off nothing is known, and what others confirmed is not sent again", async () => {
    const { name } = await makeBus();
    const bus = busOf(name);
    let puts = 0;
    proxy.play = async (call) => {
      const answer = await call.forward();
      return ++puts === 2 ? "cut" : answer;
    };
    const records = many(20, 1);
    const error: unknown = await bus.publish({ number: 1, records }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ outcome: "unknown", missing: records.slice(1) });
    proxy.play = async () => refusal("AccessDeniedException");
    await expect(bus.publish({ number: 1, records })).rejects.toMatchObject({ outcome: "absent", missing: records });
    await bus.close();
  });

  test("doctor names the bus, and warns where no rule takes anything", async () => {
    const { name } = await makeBus();
    const bare = randomUUID();
    await events.send(new CreateEventBusCommand({ Name: bare }));
    expect(await look(name)).toMatchObject([{ verdict: "ok" }, { verdict: "ok", found: `it has rules: ${name}` }]);
    expect(await look(bare)).toMatchObject([
      { verdict: "ok" },
      { verdict: "warn", found: expect.stringContaining("is dropped") as string },
    ]);
    expect(await look("nobody-made-it")).toMatchObject([
      { verdict: "fail", found: expect.stringContaining("no event bus") as string },
    ]);
  });
});
