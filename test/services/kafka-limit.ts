/** How large the record batches of a topic may be. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Admin } from "kafkajs";

const NAME = "max.message.bytes";
/** https://kafka.apache.org/protocol, DescribeConfigs: a topic. */
const TOPIC = 2;
/** Between two questions, milliseconds. */
const PAUSE_MS = 20;

/** As an entry of a topic that is made. */
export function limitOf(bytes: number): { name: string; value: string }[] {
  return [{ name: NAME, value: String(bytes) }];
}

/** Sets another; resolves when the broker knows of it too, whose controller decides first. */
export async function setLimit(admin: Admin, topic: string, bytes: number): Promise<void> {
  const resource = { type: TOPIC, name: topic };
  await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries: limitOf(bytes) }] });
  for (;;) {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ ...resource, configNames: [NAME] }],
    });
    if (resources[0]?.configEntries[0]?.configValue === String(bytes)) return;
    await sleep(PAUSE_MS);
  }
}
