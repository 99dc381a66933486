import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { localAdapter } from "../../../relay/bus/adapters/local/adapter.ts";
import { createLocalBus } from "../../../relay/bus/adapters/local/local.ts";
import { withoutNumbers } from "../../../relay/bus/adapters/local/sqlite-bus.ts";
import { busContract } from "./contract.ts";
import { subscriberContract } from "./subscriber-contract.ts";

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

const folder = async (): Promise<string> => {
  const dataDir = await mkdtemp(join(tmpdir(), "sightline-local-"));
  folders.push(dataDir);
  return dataDir;
};

busContract("local", async () => {
  const dataDir = await folder();
  return { make: async () => createLocalBus({ dataDir, dlqSuffix: ".dlq" }), topics: ["a.v1", "b.v1"] };
});

subscriberContract("local", async () => {
  const dataDir = await folder();
  let topics = 0;
  return {
    make: async () => withoutNumbers(createLocalBus({ dataDir, dlqSuffix: ".dlq" })),
    topic: () => `system.topic-${++topics}`,
    subscribe: localAdapter.capabilities.subscribe!,
  };
});
