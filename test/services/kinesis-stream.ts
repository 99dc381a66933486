/** Streams on an emulator behind a proxy that plays faults, for the tests of the bus kinesis. */
import { type KinesisBus, kinesisBus } from "./bus-of.ts";
import { randomUUID } from "node:crypto";
import { vi } from "vitest";
import { CREDENTIALS, stubCredentials } from "./aws.ts";
import { type Play, startKinesisProxy } from "./kinesis-proxy.ts";

/** Settings of a stream of its own that the relay makes. */
export function kinesisSettings(
  KINESIS_ENDPOINT: string,
  KINESIS_CHECKPOINT_ENDPOINT = KINESIS_ENDPOINT,
): Record<string, string> {
  return {
    EVENT_PUBLISHER: "kinesis",
    KINESIS_STREAM: randomUUID(),
    KINESIS_REGION: "eu-west-1",
    KINESIS_ENDPOINT,
    KINESIS_CREATE_STREAM: "true",
    KINESIS_SHARDS: "2",
    KINESIS_REQUEST_TIMEOUT_MS: "1000",
    KINESIS_CHECKPOINT_ENDPOINT,
    KINESIS_LEASE_SECONDS: "1",
    ...CREDENTIALS,
  };
}

/** Makes buses whose requests go through a proxy; each has a stream of its own unless `env` names one. */
export async function kinesisBehindProxy({ url }: { url: string }) {
  stubCredentials();
  const proxy = await startKinesisProxy(url);
  const buses: KinesisBus[] = [];

  const make = (env: NodeJS.ProcessEnv = {}): KinesisBus => {
    const bus = kinesisBus({ ...kinesisSettings(proxy.url, url), ...env });
    buses.push(bus);
    return bus;
  };

  return {
    proxy,
    make,
    async opened(env?: NodeJS.ProcessEnv): Promise<KinesisBus> {
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

interface Shards {
  Shards: { ShardId: string; ParentShardId?: string; SequenceNumberRange: { EndingSequenceNumber?: string } }[];
}

/** The stream's two shards as if the second had been made from the first, which `isSplit` tells. moto loses records when it splits. */
export const split =
  (isSplit: () => boolean): Play =>
  async (call) => {
    const answer = await call.forward();
    const [parent, child] = (answer.body as Partial<Shards>).Shards ?? [];
    if (parent && child) {
      child.ParentShardId = parent.ShardId;
      parent.SequenceNumberRange.EndingSequenceNumber = "999";
      if (!isSplit()) delete parent.SequenceNumberRange.EndingSequenceNumber;
      if (!isSplit()) (answer.body as unknown as Shards).Shards.pop();
    }
    const iterator = Buffer.from(String(call.body["ShardIterator"]), "base64").toString();
    const isEnd = call.operation === "GetRecords" && iterator.includes("shardId-000000000000") && isSplit();
    if (isEnd && (answer.body["Records"] as unknown[]).length === 0) delete answer.body["NextShardIterator"];
    return answer;
  };
