/** Logins that end, are refused or are slow, rights that are taken, quotas, and a broker that is restarted, on a broker that has all of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import { createKafkaBus } from "../../../relay/bus/adapters/kafka/kafka.ts";
import { createServiceBus } from "../../../relay/bus/adapters/kafka/service-bus.ts";
import type { KafkaOptions } from "../../../relay/bus/adapters/kafka/settings.ts";
import { readConfig } from "../../../relay/service/settings/config.ts";
import { type SecureKafka, startSecureKafka, USER } from "../../services/kafka-secure.ts";
import type { Finding, Scenario, Stage } from "../scenario.ts";
import { FAULTS, type Fault } from "../stage/access-faults.ts";
import { eachOnce, inOrder } from "../stage/check.ts";
import { kafkaGround } from "../stage/ground.ts";
import { startTraffic, type Traffic, trafficTopics } from "../stage/traffic.ts";

/** Within it all goes on after a fault, milliseconds. */
const MOST_MS = 5_000;
/** How long all is well before the fault, and after it, milliseconds. */
const WELL_MS = 2_000;
/** Between two batches of a publisher, milliseconds. */
const PACE_MS = 40;

/** A scenario for each fault. */
export const access: Scenario[] = FAULTS.map((fault) => ({
  name: fault.name,
  needsKafka: false,
  async run(stage) {
    const kafka = await startSecureKafka({ sessionsMs: fault.sessionsMs ?? {} });
    try {
      return await runAccess(fault, kafka, stage);
    } finally {
      await kafka.stop();
    }
  },
}));

/** Runs one on a broker whose logins last as the fault wants it. */
export async function runAccess(fault: Fault, kafka: SecureKafka, { size, say }: Pick<Stage, "size" | "say">): Promise<Finding> {
  const { env: own, prefix, read } = kafkaGround(kafka.brokers);
  const admin = new Kafka({ brokers: [kafka.brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const ground = { kafka, admin, prefix, id: `${prefix}.relay.0` };
  await admin.createAcls({ acl: fault.rights(ground) });
  const { options, place } = readConfig({ ...own, ...loginOf(fault, kafka) }).bus;
  const token = fault.token?.();
  const how = { ...(options as KafkaOptions), ...(token ? { token: token.next, saslMechanism: undefined } : {}) };
  const [relay, service] = [createKafkaBus(how, place), createServiceBus(how, place)];
  const topics = trafficTopics(prefix);
  await relay.open(topics);
  await service.open(topics);
  const traffic = await startTraffic({ relay, service, prefix, retries: true, paceMs: PACE_MS });
  await sleep(WELL_MS);
  const at = performance.now();
  const undo = await fault.begin({ ...ground, token });
  say("the fault is there");
  await sleep(size.accessSeconds * 1000);
  const over = performance.now();
  await undo();
  say("the fault is over");
  await sleep(WELL_MS);
  const { relayed, served, seen } = await traffic.stop();
  const throttled = { relay: relay.throttledMs?.() ?? 0, service: service.throttledMs?.() ?? 0 };
  const arrived = await read("");
  await Promise.all([relay.close(), service.close(), admin.disconnect()]);

  const { load } = traffic;
  const unseen = load.ids.filter((id) => !seen.has(id)).length;
  const problems = eachOnce(load, arrived);
  // What a service publishes again after a failure comes behind what it has published since.
  if (traffic.service.first === undefined) problems.push(...inOrder(load, arrived));
  if (unseen > 0) problems.push(`the group has not seen ${unseen} events`);
  for (const who of ["relay", "service"] as const) {
    if (traffic[who].refused > 0) problems.push(`${traffic[who].refused} records of the ${who} would be dead letters`);
    const { last } = traffic[who];
    if (last !== undefined && last > over + MOST_MS)
      problems.push(`the ${who} was told of failures ${Math.round(last - over)} ms after the end`);
    if (fault.throttles === true && throttled[who] === 0) problems.push(`the ${who} was never made to wait`);
    problems.push(...fault.expects(traffic[who], who).map((problem) => `${who}: ${problem}`));
  }
  const counted = { relayed, served, ...told(traffic, "relay", at, over), ...told(traffic, "service", at, over) };
  return { counted: fault.throttles === true ? { ...counted, "throttled ms": throttled.relay } : counted, problems };
}

function loginOf({ mechanism = "scram-sha-512" }: Fault, kafka: SecureKafka): NodeJS.ProcessEnv {
  return {
    KAFKA_BROKERS: kafka.saslTls,
    KAFKA_TLS_ENABLED: "true",
    KAFKA_TLS_CA_FILE: kafka.files.ca,
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: USER.name,
    KAFKA_SASL_PASSWORD: USER.password,
  };
}

/** Seconds until a publisher was told, seconds after the fault until it was told last, and what it was told. */
function told(traffic: Traffic, who: "relay" | "service", at: number, over: number): Record<string, string> {
  const { first, last, messages } = traffic[who];
  if (first === undefined || last === undefined) return { [who]: "told of nothing" };
  const [stands, recovers] = [(first - at) / 1000, Math.max(0, last - over) / 1000];
  const says = [...messages].map((message) => message.slice(0, 160)).join(" | ");
  return { [who]: `stands after ${stands.toFixed(1)} s, recovers ${recovers.toFixed(1)} s after, says "${says}"` };
}
