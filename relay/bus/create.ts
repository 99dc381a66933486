import type { Config } from "../service/settings/settings.ts";
import type { Bus } from "./port/bus.ts";

/** The bus that the settings name. Its adapter is loaded now, and no other. */
export async function createBus(config: Config): Promise<Bus> {
  if (config.EVENT_PUBLISHER === "local") {
    const { createLocalBus } = await import("./adapters/local/local.ts");
    return createLocalBus({ dataDir: config.DATA_DIR, dlqSuffix: config.DLQ_TOPIC_SUFFIX });
  }
  if (config.EVENT_PUBLISHER === "kinesis") {
    const { createKinesisBus } = await import("./adapters/kinesis/kinesis.ts");
    return createKinesisBus(config);
  }
  if (config.EVENT_PUBLISHER === "memory") {
    const { createMemoryBus } = await import("./adapters/memory/memory.ts");
    return createMemoryBus({ place: config.DATA_DIR });
  }
  const { createKafkaBus } = await import("./adapters/kafka/kafka.ts");
  return createKafkaBus(config);
}
