import { existsSync } from "node:fs";
import { defineAdapter } from "../../port/adapter.ts";
import { localBusFile } from "./file.ts";

export const localAdapter = defineAdapter({
  names: ["local"],
  summary: "a SQLite file in DATA_DIR",
  title: "Local",
  system: "local",
  settings: {},
  absence({ dataDir }) {
    const file = localBusFile(dataDir);
    if (existsSync(file)) return undefined;
    return `there is no bus at ${file}: set DATA_DIR to the relay's, or EVENT_PUBLISHER to the bus that it publishes to`;
  },
  async create(_options, { dataDir, topics: { dlqSuffix } }) {
    const { createLocalBus } = await import("./local.ts");
    return createLocalBus({ dataDir, dlqSuffix });
  },
});
