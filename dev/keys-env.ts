/** What `sightline keys` needs to change the keys of a running stack: its API, and the settings that point to it. */
import { randomBytes } from "node:crypto";
import { closeServer } from "../relay/lib/close-server.ts";
import type { KeyStore } from "./collector.ts";
import { createKvApi } from "./kv-api.ts";
import { listen } from "./listen.ts";

/** Serves the API on a free port; `settings` are those of `sightline keys`. */
export async function serveKeys(namespace: KeyStore, say: (line: string) => void) {
  const token = randomBytes(24).toString("base64url");
  const owner = { accountId: "local", namespaceId: "local" };
  const server = createKvApi({ namespace, token, ...owner });
  const port = await listen(server, { part: "keys' API", asked: 0, usual: 0 }, say);
  return {
    settings: {
      CLOUDFLARE_API_URL: `http://127.0.0.1:${port}/client/v4`,
      CLOUDFLARE_API_TOKEN: token,
      CLOUDFLARE_ACCOUNT_ID: owner.accountId,
      KEYS_NAMESPACE_ID: owner.namespaceId,
    },
    close: () => closeServer(server),
  };
}
