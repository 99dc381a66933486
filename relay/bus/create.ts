import type { Bus } from "./port/bus.ts";
import type { BusConfig } from "./settings.ts";

/** The bus that is chosen; nothing is connected before `open` or `read`. */
export async function createBus({ adapter, options, place }: Pick<BusConfig, "adapter" | "options" | "place">): Promise<Bus> {
  return adapter.create(options, place);
}
