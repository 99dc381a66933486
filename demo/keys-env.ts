/** What `sightline keys` needs to change the keys of a running stack: its API, and the settings that point to it, in DATA_DIR/keys.env. */
import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { closeServer } from "./close-server.ts";
import type { KeyStore } from "./collector.ts";
import { createKvApi } from "./kv-api.ts";
import { listen } from "./listen.ts";

/** Serves the API on a free port and writes the file, for its owner alone; `say` is told the way to use it. */
export async function serveKeys(namespace: KeyStore, dataDir: string, say: (line: string) => void) {
  const token = randomBytes(24).toString("base64url");
  const owner = { accountId: "local", namespaceId: "local" };
  const server = createKvApi({ namespace, token, ...owner });
  const port = await listen(server, { part: "keys' API", asked: 0, usual: 0 }, say);
  const env = {
    CLOUDFLARE_API_URL: `http://127.0.0.1:${port}/client/v4`,
    CLOUDFLARE_API_TOKEN: token,
    CLOUDFLARE_ACCOUNT_ID: owner.accountId,
    KEYS_NAMESPACE_ID: owner.namespaceId,
  };
  const file = join(dataDir, "keys.env");
  rmSync(file, { force: true });
  writeFileSync(
    file,
    Object.entries(env)
      .map(([name, value]) => `export ${name}=${value}\n`)
      .join(""),
    { mode: 0o600 },
  );
  say(`write keys, which live as long as this stack: . ${relative(".", file)} && npx sightline keys list`);
  return {
    async close(): Promise<void> {
      rmSync(file, { force: true });
      await closeServer(server);
    },
  };
}
