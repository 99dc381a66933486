import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Bus } from "../../../relay/src/bus/bus.ts";
import { createKinesisBus } from "../../../relay/src/bus/kinesis.ts";
import { readConfig } from "../../../relay/src/config.ts";
import { obtainMoto } from "../../services/moto.ts";
import { busContract } from "./contract.ts";

const moto = await obtainMoto();
const KINESIS_ENDPOINT = "url" in moto ? moto.url : "";

beforeAll(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "of-the-tests");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "of-the-tests");
});
afterAll(async () => {
  vi.unstubAllEnvs();
  if ("stop" in moto) await moto.stop();
});

const busOf = (KINESIS_STREAM: string, env: NodeJS.ProcessEnv = {}): Bus =>
  createKinesisBus(
    readConfig({
      EVENT_PUBLISHER: "kinesis",
      KINESIS_STREAM,
      KINESIS_REGION: "eu-west-1",
      KINESIS_ENDPOINT,
      KINESIS_CREATE_STREAM: "true",
      KINESIS_SHARDS: "3",
      ...env,
    }),
    { requestMs: 2_000 },
  );

describe.skipIf("missing" in moto)(`on ${"missing" in moto ? moto.missing : "moto, an emulator"}`, { timeout: 60_000 }, () => {
  busContract("kinesis", async () => {
    const stream = randomUUID();
    return { make: async () => busOf(stream), topics: ["rec.exposure.recorded.v1", "rec.outcome.recorded.v1"] };
  });
});
