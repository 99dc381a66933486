import { defineAdapter } from "../../port/adapter.ts";

export const memoryAdapter = defineAdapter({
  names: ["memory"],
  summary: "for tests: gone with the process",
  capabilities: {
    relay: "exactly once",
    service: "at least once",
    orderByKey: true,
    read: true,
    subscribe: { groups: true, earliest: true, everyone: true, lag: true, plans: true },
    largest: "1 GB",
    tested: "SQLite, as in Node, in memory",
  },
  title: "Memory",
  system: "memory",
  settings: {},
  async create(_options, { dataDir, slot }) {
    const [{ createMemoryBus }, { withoutNumbers }] = await Promise.all([
      import("./memory.ts"),
      import("../local/sqlite-bus.ts"),
    ]);
    const bus = createMemoryBus({ place: dataDir });
    return slot === undefined ? withoutNumbers(bus) : bus;
  },
});
