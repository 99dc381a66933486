/** Settings of Cloudflare's API. */
import { z } from "zod";
import { httpUrl, type Options, setting, text } from "../../lib/settings.ts";
import { QUEUE_IDS } from "./queue-ids.ts";

export const cloudflareSettings = {
  accountId: setting(
    "CLOUDFLARE_ACCOUNT_ID",
    text.optional().describe("the account that the collector runs in; required with SOURCE=pull and for sightline keys"),
  ),
  queueIds: setting(
    "CLOUDFLARE_QUEUE_IDS",
    z
      .string()
      .regex(QUEUE_IDS, "expected ids of queues, each as id or name=id, separated by commas")
      .optional()
      .describe("queues that SOURCE=pull takes from: ids, or name=id, separated by commas; required there"),
  ),
  apiToken: setting(
    "CLOUDFLARE_API_TOKEN",
    text
      .optional()
      .describe("token of that account: with Queues: Edit for SOURCE=pull, Workers KV Storage: Edit for sightline keys; secret"),
    { secret: true },
  ),
  apiUrl: setting(
    "CLOUDFLARE_API_URL",
    httpUrl.prefault("https://api.cloudflare.com/client/v4").describe("address of Cloudflare's API"),
  ),
  keysNamespaceId: setting(
    "KEYS_NAMESPACE_ID",
    text.optional().describe("id of the KV namespace that is the collector's KEY_STORE; required for sightline keys"),
  ),
};

/** Their values. */
export type CloudflareOptions = Options<typeof cloudflareSettings>;
