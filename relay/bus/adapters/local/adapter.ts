import { existsSync } from "node:fs";
import { defineAdapter } from "../../port/adapter.ts";
import { localBusFile } from "./file.ts";

export const localAdapter = defineAdapter({
  names: ["local"],
  summary: "a SQLite file in DATA_DIR",
  capabilities: {
    relay: "exactly once",
    service: "at least once",
    orderByKey: true,
    read: true,
    subscribe: { groups: true, earliest: true, everyone: true, lag: true, plans: true },
    largest: "1 GB",
    tested: "SQLite, as in Node",
  },
  title: "Local",
  system: "local",
  settings: {},
  absence({ dataDir }) {
    const file = localBusFile(dataDir);
    if (existsSync(file)) return undefined;
    return `there is no bus at ${file}: set DATA_DIR to the relay's, or EVENT_PUBLISHER to the bus that it publishes to`;
  },
  async create(_options, { dataDir, slot, topics: { dlqSuffix } }) {
    const [{ createLocalBus }, { withoutNumbers }] = await Promise.all([import("./local.ts"), import("./sqlite-bus.ts")]);
    const bus = createLocalBus({ dataDir, dlqSuffix });
    return slot === undefined ? withoutNumbers(bus) : bus;
  },
});
