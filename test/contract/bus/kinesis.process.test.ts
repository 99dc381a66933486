import { afterAll, beforeAll, describe, inject, vi } from "vitest";
import { kinesisBus } from "../../services/bus-of.ts";
import { stubCredentials } from "../../services/aws.ts";
import { kinesisSettings } from "../../services/kinesis-stream.ts";
import { busContract } from "./contract.ts";

const moto = inject("moto");
beforeAll(stubCredentials);
afterAll(async () => {
  vi.unstubAllEnvs();
});

describe.skipIf("missing" in moto)(`on ${"missing" in moto ? moto.missing : "moto, an emulator"}`, { timeout: 60_000 }, () => {
  busContract("kinesis", async () => {
    // The emulator has one thread for all that ask it.
    const env = { ...kinesisSettings("url" in moto ? moto.url : ""), KINESIS_REQUEST_TIMEOUT_MS: "5000" };
    const topics: [string, string] = ["rec.exposure.recorded.v1", "rec.outcome.recorded.v1"];
    return { make: async () => kinesisBus(env), topics, sharedPartitions: true };
  });
});
