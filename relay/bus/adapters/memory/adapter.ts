import { defineAdapter } from "../../port/adapter.ts";

export const memoryAdapter = defineAdapter({
  names: ["memory"],
  summary: "for tests: gone with the process",
  title: "Memory",
  system: "memory",
  settings: {},
  async create(_options, { dataDir }) {
    const { createMemoryBus } = await import("./memory.ts");
    return createMemoryBus({ place: dataDir });
  },
});
