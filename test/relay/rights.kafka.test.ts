/** A relay whose rights, or whose login, are taken from it and given back, on a broker with an authorizer. */
import { type FileHandle, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AclOperationTypes, AclResourceTypes, type Admin, Kafka, logLevel } from "kafkajs";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { type RelayProcess, startRelayProcess } from "../../dev/relay-process.ts";
import { examine } from "../../relay/cli/doctor/examine.ts";
import { readCounters, totals } from "../../relay/state/counters.ts";
import { kafkaBus } from "../services/bus-of.ts";
import { allow, deny } from "../services/kafka-rules.ts";
import { type SecureKafka, startSecureKafka, USER } from "../services/kafka-secure.ts";
import { untilReady } from "../services/until-ready.ts";
import { runQueue } from "./local-queue.ts";
import { envelope, pack } from "./queue.ts";

const service = inject("kafka");
const RELAY_TOKEN = "a-token-for-the-tests";
const PLACE = "rights.";
const EXPOSURES = `${PLACE}rec.exposure.recorded.v1`;
const OUTCOMES = `${PLACE}rec.outcome.recorded.v1`;
const CHECKPOINTS = `${PLACE}sightline.checkpoints`;
const ID = `${PLACE}relay.0`;

const { TOPIC, GROUP, TRANSACTIONAL_ID } = AclResourceTypes;
const { CREATE, READ, WRITE, DESCRIBE } = AclOperationTypes;
const ALLOWED = [
  ...[CREATE, READ, WRITE, DESCRIBE].map((operation) => allow(TOPIC, PLACE, operation)),
  allow(GROUP, ID, READ),
  allow(TRANSACTIONAL_ID, ID, WRITE),
];
const packsOf = (ids: string[]) =>
  new Map(ids.map((id, n) => [`m-${id}`, pack([n % 2 === 0 ? envelope({ id }) : envelope({ id, event_type: "click" })])]));

/** What is taken from it. */
const TAKEN = [
  deny(TOPIC, EXPOSURES, WRITE),
  deny(TOPIC, OUTCOMES, WRITE),
  deny(TOPIC, CHECKPOINTS, READ),
  deny(TRANSACTIONAL_ID, ID, WRITE),
  deny(GROUP, ID, READ),
];

describe.skipIf("missing" in service)(`on ${"missing" in service ? service.missing : "a broker with rules"}`, () => {
  let kafka: SecureKafka;
  let admin: Admin;
  let folder: string;
  let relay: RelayProcess;
  let log: FileHandle;
  beforeAll(async () => {
    kafka = await startSecureKafka();
    admin = new Kafka({ brokers: [kafka.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createAcls({ acl: ALLOWED });
    folder = await mkdtemp(join(tmpdir(), "sightline-rights-"));
    log = await open(join(folder, "log"), "a+");
    relay = await startRelayProcess({ env: settings(), log: log.fd });
    await untilReady(relay.url);
  });
  afterEach(async () => {
    await admin.deleteAcls({ filters: TAKEN.map((one) => ({ ...one })) });
  });
  afterAll(async () => {
    await relay?.stop();
    await log?.close();
    await admin?.disconnect();
    await kafka?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const settings = (): NodeJS.ProcessEnv => ({
    RELAY_TOKEN,
    RELAY_PORT: "0",
    DATA_DIR: folder,
    EVENT_PUBLISHER: "kafka",
    KAFKA_BROKERS: kafka.saslTls,
    KAFKA_TLS_ENABLED: "true",
    KAFKA_TLS_CA_FILE: kafka.files.ca,
    KAFKA_SASL_MECHANISM: "scram-sha-512",
    KAFKA_SASL_USERNAME: USER.name,
    KAFKA_SASL_PASSWORD: USER.password,
    KAFKA_TOPIC_PREFIX: PLACE,
    KAFKA_CLIENT_ID: PLACE.slice(0, -1),
  });
  const readyz = async () => {
    const answer = await fetch(`${relay.url}/readyz`);
    return { status: answer.status, text: await answer.text() };
  };
  const onBus = async (): Promise<string[]> => {
    const bus = kafkaBus({ ...settings(), KAFKA_BROKERS: kafka.brokers, KAFKA_TLS_ENABLED: "false", KAFKA_SASL_MECHANISM: "" });
    const records = await Array.fromAsync(bus.read({ topics: [EXPOSURES, OUTCOMES] }));
    await bus.close();
    return records.map(({ headers }) => headers["event_id"] ?? "").toSorted();
  };
  const sent: string[] = [];
  test.for([
    ["one topic", [deny(TOPIC, EXPOSURES, WRITE)], `WRITE on topic ${EXPOSURES}`, 200],
    ["all topics", [deny(TOPIC, EXPOSURES, WRITE), deny(TOPIC, OUTCOMES, WRITE)], `WRITE on topic ${OUTCOMES}`, 200],
    ["the receipts' topic", [deny(TOPIC, CHECKPOINTS, READ)], `READ on topic ${CHECKPOINTS}`, 503],
    ["the transactional id", [deny(TRANSACTIONAL_ID, ID, WRITE)], `WRITE on transactional id ${ID}`, 503],
    ["the group", [deny(GROUP, ID, READ)], `READ on group ${ID}`, 503],
  ] as const)(
    "a right taken from %s is named, its events wait, none is lost, doubled or dead-lettered, and they go on when it is given back",
    async ([name, acl, words, status]) => {
      const ids = Array.from({ length: 8 }, (_, n) => `${name.replaceAll(/\W/g, "-")}-${n}`);
      sent.push(...ids);
      await admin.createAcls({ acl: [...acl] });
      const queue = runQueue({ url: () => relay.url, token: RELAY_TOKEN, messages: packsOf(ids) });
      // It is named with the first failure, and the breaker opens with the fifth.
      const patience = { timeout: 20_000, interval: 100 };
      await vi.waitFor(async () => expect((await fetch(`${relay.url}/health`)).status).toBe(503), patience);
      await vi.waitFor(
        async () => expect(await readyz()).toEqual({ status, text: expect.stringContaining(words) as string }),
        patience,
      );
      expect(await (await fetch(`${relay.url}/health`)).text()).toContain(words);
      expect(await (await fetch(`${relay.url}/metrics`)).text()).toContain(`sightline_bus_denied{right="${words}"} 1`);
      expect(await readFile(join(folder, "log"), "utf8")).toMatch(
        new RegExp(`User:${USER.name} lacks [^"]*${words.replaceAll(".", "\\.")}`),
      );
      const found = (await examine(settings())).filter(({ check, verdict }) => check === "bus" && verdict === "fail");
      expect(found).toEqual([expect.objectContaining({ found: expect.stringContaining(words) as string })]);
      await admin.deleteAcls({ filters: acl.map((one) => ({ ...one })) });
      await queue;
      await vi.waitFor(async () => expect(await readyz()).toEqual({ status: 200, text: "ok\n" }), { timeout: 20_000 });
      // What is on the bus is counted a moment later, and shown to readers of what is committed: brokers confirm a transaction before its markers are in
      // every partition.
      await vi.waitFor(() => {
        const { taken, delivered, dead_lettered: dead } = totals(readCounters(folder) ?? []);
        expect({ taken, delivered, dead }).toEqual({ taken: sent.length, delivered: sent.length, dead: 0 });
      }, patience);
      await vi.waitFor(async () => expect(await onBus()).toEqual(sent.toSorted()), patience);
    },
  );

  test("doctor tells which groups of stores and services may not subscribe", async () => {
    const env = { ...settings(), DATABASE_URL: "postgres://127.0.0.1:1/none" };
    const found = (await examine(env, [ID, "orders"])).filter(({ found: text }) => text.includes(" group "));
    expect(found).toEqual([
      expect.objectContaining({
        check: "bus",
        verdict: "warn",
        found: `User:${USER.name} lacks READ on group sightline-postgres, READ on group orders`,
      }),
    ]);
  });
});
