import { ConfigError } from "../lib/settings.ts";
import type { AdapterBus } from "./port/adapter.ts";
import type { Reader } from "./port/bus.ts";
import type { BusConfig } from "./settings.ts";

/** What decides which bus it is. */
type Chosen = Pick<BusConfig, "adapter" | "options" | "place">;

/** The bus that is chosen; nothing is connected before `open` or `read`. Rejects with a ConfigError where a package is missing. */
export async function createBus({ adapter, options, place }: Chosen): Promise<AdapterBus> {
  try {
    return await adapter.create(options, place);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const packages = adapter.requires ?? [];
    const missing = code === "ERR_MODULE_NOT_FOUND" && packages.some((name) => message.includes(`'${name}'`));
    if (!missing) throw error;
    throw new ConfigError([`EVENT_PUBLISHER: ${place.publisher} needs packages: npm install ${packages.join(" ")}`]);
  }
}

/** The same for whoever reads it. Rejects with a ConfigError where it keeps nothing that could be read. */
export async function createReadableBus(chosen: Chosen): Promise<AdapterBus & Reader> {
  const bus = await createBus(chosen);
  if (isReadable(bus)) return bus;
  await bus.close();
  const { publisher } = chosen.place;
  throw new ConfigError([`EVENT_PUBLISHER: expected a bus that can be read from its beginning, and ${publisher} cannot`]);
}

/** Whether a bus keeps what it took. */
export function isReadable(bus: AdapterBus): bus is AdapterBus & Reader {
  return bus.read !== undefined;
}
