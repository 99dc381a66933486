import type { Config } from "../settings.ts";
import type { Bus } from "./bus.ts";

/** The bus that the settings name. Its adapter is loaded now, and no other. */
export async function createBus(config: Config): Promise<Bus> {
  if (config.EVENT_PUBLISHER === "local") {
    const { createLocalBus } = await import("./local.ts");
    return createLocalBus({ dataDir: config.DATA_DIR, dlqSuffix: config.DLQ_TOPIC_SUFFIX });
  }
  if (config.EVENT_PUBLISHER === "kinesis") {
    const { createKinesisBus } = await import("./kinesis.ts");
    return createKinesisBus(config);
  }
  if (config.EVENT_PUBLISHER === "memory") {
    const { createMemoryBus } = await import("./memory.ts");
    return createMemoryBus({ place: config.DATA_DIR });
  }
  const { createKafkaBus } = await import("./kafka.ts");
  return createKafkaBus(config);
}
