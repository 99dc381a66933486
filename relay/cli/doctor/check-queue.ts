/** The queues that are pulled: are they there, and does the token open them? Nothing is pulled, since each pull uses up a retry. */
import { shardOf } from "@sightline/worker/queue-name";
import { createQueueClient } from "../../service/source/queue-client.ts";
import { readQueueIds } from "../../service/settings/queue-ids.ts";
import type { Config } from "../../service/settings/config.ts";
import { type Finding, findings } from "../../bus/port/finding.ts";

const { ok, warn, fail } = findings("queue");
const PATIENCE_MS = 10_000;

/** With SOURCE=push there is nothing to ask from here: the collector's `/readyz` tells of its side. */
export async function checkQueue({ service, cloudflare }: Config): Promise<Finding[]> {
  if (service.source === "push") {
    return [ok("SOURCE=push: the collector delivers; its own /readyz says what it lacks")];
  }
  const { apiUrl, accountId = "", apiToken: token = "", queueIds = "" } = cloudflare;
  const client = createQueueClient({ apiUrl, accountId, token });
  return Promise.all(
    readQueueIds(queueIds).map(async ({ id, name }) => {
      try {
        const found = await client.nameOf(id, AbortSignal.timeout(PATIENCE_MS));
        if (name === undefined || name === found) return thereOf(found, id, service.slot);
        return fail(
          `the queue ${id} is named ${found}`,
          `write ${found}=${id} in CLOUDFLARE_QUEUE_IDS, where ${name}=${id} stands`,
        );
      } catch (error) {
        const advice = "check CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_QUEUE_IDS and that the token has Queues: Edit";
        return fail(`the queue ${name ?? id} cannot be asked: ${(error as Error).message}`, advice);
      }
    }),
  );
}

/** A relay knows what it has published itself: with the queue of another shard it gets copies of what it does not know. */
function thereOf(queue: string, id: string, slot: string): Finding {
  const shard = shardOf(queue);
  if (!/^\d+$/.test(slot) || shard === Number(slot)) return ok(`${queue} (${id}) is there, and the token opens it`);
  return warn(
    `${queue} (${id}) is of shard ${shard}, and RELAY_SLOT is ${slot}`,
    "give the relay the queue of its shard, or name its slot by other than a number",
  );
}
