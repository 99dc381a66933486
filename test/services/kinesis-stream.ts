/** Streams on an emulator behind a proxy that plays faults, for the tests of the bus kinesis. */
import { randomUUID } from "node:crypto";
import { vi } from "vitest";
import type { Bus } from "../../relay/src/bus/bus.ts";
import { createKinesisBus } from "../../relay/src/bus/kinesis.ts";
import { readConfig } from "../../relay/src/config.ts";
import { startKinesisProxy } from "./kinesis-proxy.ts";
import type { Moto } from "./moto.ts";

/** Makes buses whose requests go through a proxy; each has a stream of its own unless `env` names one. */
export async function kinesisBehindProxy({ url }: Moto) {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "of-the-tests");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "of-the-tests");
  const proxy = await startKinesisProxy(url);
  const buses: Bus[] = [];

  const make = (env: NodeJS.ProcessEnv = {}): Bus => {
    const given = { EVENT_PUBLISHER: "kinesis", KINESIS_STREAM: randomUUID(), KINESIS_REGION: "eu-west-1", KINESIS_SHARDS: "2" };
    const config = readConfig({ ...given, KINESIS_ENDPOINT: proxy.url, KINESIS_CREATE_STREAM: "true", ...env });
    const bus = createKinesisBus(config, { requestMs: 1_000 });
    buses.push(bus);
    return bus;
  };

  return {
    proxy,
    make,
    async opened(env?: NodeJS.ProcessEnv): Promise<Bus> {
      const bus = make(env);
      await bus.open([]);
      return bus;
    },
    async stop(): Promise<void> {
      for (const bus of buses) await bus.close();
      await proxy.stop();
      vi.unstubAllEnvs();
    },
  };
}
