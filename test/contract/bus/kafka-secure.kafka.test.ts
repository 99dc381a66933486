import { type KafkaBus, kafkaBus } from "../../services/bus-of.ts";
import { randomUUID } from "node:crypto";
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } from "kafkajs";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { createKafkaBus } from "../../../relay/bus/adapters/kafka/kafka.ts";
import { kafkaOptionsOf } from "../../../relay/bus/adapters/msk/kafka-options.ts";
import type { MskOptions } from "../../../relay/bus/adapters/msk/settings.ts";
import { readConfig } from "../../../relay/service/settings/config.ts";
import type { BusRecord, PublishError } from "../../../relay/bus/port/bus.ts";
import { type SecureKafka, startSecureKafka, USER } from "../../services/kafka-secure.ts";
import { openLed } from "../../services/open-led.ts";

const service = inject("kafka");
const where = "missing" in service ? service.missing : "a broker with TLS and rules";
const MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"];

const record = (topic: string): BusRecord => ({
  topic,
  key: "k",
  value: Buffer.from("{}"),
  headers: { event_id: randomUUID(), tenant_id: "t1" },
});

const busOf = (place: string, settings: NodeJS.ProcessEnv): KafkaBus =>
  kafkaBus({
    KAFKA_TOPIC_PREFIX: place,
    KAFKA_CLIENT_ID: place,
    KAFKA_TLS_ENABLED: "true",
    ...settings,
  });

const rule = (
  resourceType: AclResourceTypes,
  resourceName: string,
  pattern: ResourcePatternTypes,
  operation: AclOperationTypes,
) => ({
  resourceType,
  resourceName,
  resourcePatternType: pattern,
  principal: `User:${USER.name}`,
  host: "*",
  operation,
  permissionType: AclPermissionTypes.ALLOW,
});

const part = (of: object): string => Buffer.from(JSON.stringify(of)).toString("base64url");
/** A token as those of AWS are, but that nobody signed: brokers for tests take it. */
const unsignedToken = (sub: string): string => {
  const now = Math.floor(Date.now() / 1000);
  return `${part({ alg: "none" })}.${part({ sub, iat: now, exp: now + 900 })}.`;
};

describe.skipIf("missing" in service)(`on ${where}`, () => {
  let kafka: SecureKafka;
  beforeAll(async () => void (kafka = await startSecureKafka()));
  afterAll(() => kafka?.stop());

  const login = (mechanism: string): NodeJS.ProcessEnv => ({
    KAFKA_BROKERS: kafka.saslTls,
    KAFKA_TLS_CA_FILE: kafka.files.ca,
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: USER.name,
    KAFKA_SASL_PASSWORD: USER.password,
  });

  /** The rules of docs/kafka.md for a place, and no other. */
  const allow = async (place: string, topics: { name: string; pattern: ResourcePatternTypes }[]): Promise<void> => {
    const admin = new Kafka({ brokers: [kafka.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const { LITERAL, PREFIXED } = ResourcePatternTypes;
    const { CREATE, READ, WRITE } = AclOperationTypes;
    const operations = [CREATE, READ, WRITE];
    await admin.createAcls({
      acl: [
        ...topics.flatMap(({ name, pattern }) =>
          operations.map((operation) => rule(AclResourceTypes.TOPIC, name, pattern, operation)),
        ),
        rule(AclResourceTypes.TOPIC, `${place}sightline.checkpoints`, LITERAL, CREATE),
        rule(AclResourceTypes.TOPIC, `${place}sightline.checkpoints`, LITERAL, READ),
        rule(AclResourceTypes.GROUP, `${place}.relay.0`, LITERAL, READ),
        rule(AclResourceTypes.GROUP, `${place}.reader.`, PREFIXED, READ),
        rule(AclResourceTypes.TRANSACTIONAL_ID, `${place}.relay.0`, LITERAL, WRITE),
      ],
    });
    // The controller decides first, and tells the broker a moment later.
    await vi.waitFor(async () => {
      const last = rule(AclResourceTypes.TRANSACTIONAL_ID, `${place}.relay.0`, LITERAL, WRITE);
      expect((await admin.describeAcls(last)).resources).toHaveLength(1);
    }, 10_000);
    await admin.disconnect();
  };

  test.for(MECHANISMS)(
    "a user who logs in by %s over TLS publishes and reads with the rights that the manual lists, and no others",
    async (mechanism) => {
      const place = `t${randomUUID().slice(0, 8)}.`;
      const topic = `${place}a.v1`;
      await allow(place, [{ name: place, pattern: ResourcePatternTypes.PREFIXED }]);
      const bus = busOf(place, login(mechanism));
      expect(await openLed(bus, kafka.brokers, [topic])).toEqual({ lastBatch: 0 });
      await bus.publish({ number: 1, records: [record(topic)] });
      expect(await bus.settle({ number: 1, claimedAt: "" })).toBe("published");
      expect(await Array.fromAsync(bus.read({ topics: [topic] }))).toHaveLength(1);
      await bus.close();
    },
  );

  test("msk: a token is asked for at each login over TLS, by either library, and its subject has the rights", async () => {
    const place = `t${randomUUID().slice(0, 8)}.`;
    const topic = `${place}a.v1`;
    await allow(place, [{ name: place, pattern: ResourcePatternTypes.PREFIXED }]);
    const { options, place: busPlace } = readConfig({
      EVENT_PUBLISHER: "msk",
      MSK_BROKERS: kafka.saslTls,
      MSK_TLS_CA_FILE: kafka.files.ca,
      MSK_TOPIC_PREFIX: place,
      MSK_CLIENT_ID: place,
    }).bus;
    let tokens = 0;
    const bus = createKafkaBus(
      kafkaOptionsOf(options as MskOptions, async () => {
        tokens++;
        return unsignedToken(USER.name);
      }),
      busPlace,
    );
    expect(await openLed(bus, kafka.brokers, [topic])).toEqual({ lastBatch: 0 });
    await bus.publish({ number: 1, records: [record(topic)] });
    expect(await Array.fromAsync(bus.read({ topics: [topic] }))).toHaveLength(1);
    expect(tokens).toBeGreaterThan(1);
    await bus.close();
  });

  test("where the right to write to a topic is missing, that is told, of that topic alone, and no record is refused", async () => {
    const place = `t${randomUUID().slice(0, 8)}.`;
    const [allowed, other] = [`${place}a.v1`, `${place}b.v1`];
    await allow(place, [{ name: allowed, pattern: ResourcePatternTypes.LITERAL }]);
    const admin = new Kafka({ brokers: [kafka.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: other, numPartitions: 3 }], waitForLeaders: true });
    await admin.disconnect();
    const bus = busOf(place, login("plain"));
    await openLed(bus, kafka.brokers, [allowed]);
    const records = [record(allowed), record(other), record(allowed), record(other)];
    const error = (await bus.publish({ number: 1, records }).catch((thrown: unknown) => thrown)) as PublishError;
    expect(error).toMatchObject({
      name: "PublishError",
      outcome: "absent",
      refused: undefined,
      topics: [other],
      denied: [`WRITE on topic ${other}`],
      message: expect.stringContaining(`User:${USER.name} lacks WRITE on topic ${other}`) as string,
    });
    await bus.publish({ number: 2, records: [records[0]!, records[2]!] });
    await vi.waitFor(async () => expect(await Array.fromAsync(bus.read({ topics: [allowed] }))).toHaveLength(2), 20_000);
    await bus.close();
  });

  test("it shows its certificate where the brokers ask for one", async () => {
    const place = `t${randomUUID().slice(0, 8)}.`;
    const { ca, cert, key } = kafka.files;
    const settings = { KAFKA_BROKERS: kafka.mutualTls, KAFKA_TLS_CA_FILE: ca };
    const bus = busOf(place, { ...settings, KAFKA_TLS_CERT_FILE: cert, KAFKA_TLS_KEY_FILE: key });
    await openLed(bus, kafka.brokers, [`${place}a.v1`]);
    await bus.publish({ number: 1, records: [record(`${place}a.v1`)] });
    await bus.close();
    const without = busOf(place, settings);
    await expect(without.open([`${place}a.v1`])).rejects.toThrow(/certificate|closed|disconnected|alert/i);
    await without.close();
  });

  test("a wrong password, and a broker whose certificate nobody known has signed, are told as what they are", async () => {
    const place = `t${randomUUID().slice(0, 8)}.`;
    const wrong = busOf(place, { ...login("scram-sha-256"), KAFKA_SASL_PASSWORD: "another-password" });
    await expect(wrong.open([`${place}a.v1`])).rejects.toThrow(/authentication|credentials/i);
    await wrong.close();
    const { KAFKA_TLS_CA_FILE: _, ...strangers } = login("plain");
    const stranger = busOf(place, strangers);
    await expect(stranger.open([`${place}a.v1`])).rejects.toThrow(/certificate|self.signed|issuer/i);
    await stranger.close();
  });
});
