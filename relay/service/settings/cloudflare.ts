/** Settings of Cloudflare's API. */
import { z } from "zod";
import { QUEUE_IDS } from "./queue-ids.ts";
import { text } from "../../lib/setting-kinds.ts";

export const cloudflare = {
  CLOUDFLARE_ACCOUNT_ID: text
    .optional()
    .describe("the account that the collector runs in; required with SOURCE=pull and for sightline keys"),
  CLOUDFLARE_QUEUE_IDS: z
    .string()
    .regex(QUEUE_IDS, "ids of queues, each as id or name=id, separated by commas, were expected")
    .optional()
    .describe("queues that SOURCE=pull takes from: ids, or name=id, separated by commas; required there"),
  CLOUDFLARE_API_TOKEN: text
    .optional()
    .describe("token of that account: with Queues: Edit for SOURCE=pull, Workers KV Storage: Edit for sightline keys; secret"),
  CLOUDFLARE_API_URL: z
    .url({ protocol: /^https?$/ })
    .prefault("https://api.cloudflare.com/client/v4")
    .describe("address of Cloudflare's API"),
  KEYS_NAMESPACE_ID: text
    .optional()
    .describe("id of the KV namespace that is the collector's KEY_STORE; required for sightline keys"),
};
