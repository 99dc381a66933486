import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { createLocalBus } from "../../../relay/bus/adapters/local/local.ts";
import { busContract } from "./contract.ts";

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

busContract("local", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "sightline-local-"));
  folders.push(dataDir);
  return { make: async () => createLocalBus({ dataDir, dlqSuffix: ".dlq" }), topics: ["a.v1", "b.v1"] };
});
