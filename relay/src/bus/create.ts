import type { Config } from "../settings.ts";
import type { Bus } from "./bus.ts";

/** The bus that the settings name. Its adapter is loaded now, and no other. */
export async function createBus(config: Config): Promise<Bus> {
  if (config.EVENT_PUBLISHER === "local") {
    const { createLocalBus } = await import("./local.ts");
    return createLocalBus({ dataDir: config.DATA_DIR, dlqSuffix: config.DLQ_TOPIC_SUFFIX });
  }
  const { createKafkaBus } = await import("./kafka.ts");
  return createKafkaBus(config);
}
