import { join } from "node:path";

/** The bus's file in a DATA_DIR. */
export function localBusFile(dataDir: string): string {
  return join(dataDir, "bus.db");
}
