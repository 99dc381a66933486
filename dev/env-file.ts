/** DATA_DIR/env: variables for a shell, so that the examples of the docs run as they stand on this stack. For its owner alone. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Replaces the file. */
export function writeEnvFile(dataDir: string, variables: Record<string, string>): { file: string; remove(): void } {
  const file = join(dataDir, "env");
  const remove = (): void => rmSync(file, { force: true });
  remove();
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${value}\n`);
  writeFileSync(file, lines.join(""), { mode: 0o600 });
  return { file, remove };
}
