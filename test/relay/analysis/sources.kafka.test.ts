/** What verify reads from Kafka is what was published there. */
import { randomUUID } from "node:crypto";
import { describe, expect, inject, test } from "vitest";
import { sightline } from "../cli/run.ts";
import { fillKafka } from "./fill-kafka.ts";
import type { AnyEnvelope } from "./fill-sources.ts";
import { goldenLog, goldenReport } from "./golden-log.ts";
import { missingLogs, obdEnvelopes, obdFigures } from "./obd.ts";
import { planted } from "./planted.ts";

const kafka = inject("kafka");
const missing = "missing" in kafka ? kafka.missing : undefined;
const brokers = "brokers" in kafka ? kafka.brokers : "";

const reportOf = async (envelopes: readonly AnyEnvelope[], ...args: string[]) => {
  const env = await fillKafka(brokers, `verify-${randomUUID()}.`, envelopes);
  const { out, err } = await sightline(["verify", "--source", "kafka", "--json", ...args], env);
  expect(err).toBe("");
  return JSON.parse(out);
};

describe.skipIf(missing !== undefined)(`verify from Kafka${missing === undefined ? "" : `: ${missing}`}`, () => {
  test("has the figures of the golden log", async () => {
    expect(await reportOf(goldenLog)).toMatchObject(goldenReport);
  });

  test("finds the faults that were planted, exactly", async () => {
    const { envelopes, expected } = planted(5_000);
    expect(await reportOf(envelopes)).toMatchObject(expected);
  });

  test.skipIf(missingLogs !== undefined)("has the figures of an Open Bandit log", async () => {
    expect(await reportOf(await obdEnvelopes("bts"), "--fail-under", "1")).toMatchObject(obdFigures.bts);
  });
});
