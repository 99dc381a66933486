import { pino } from "pino";
import { createPullSource } from "../../../relay/service/source/pull.ts";
import { createQueueClient } from "../../../relay/service/source/queue-client.ts";
import { sourceContract } from "./contract.ts";
import { ACCOUNT } from "./queues.ts";

sourceContract("pull", async ({ emulator }, parts) => {
  const source = createPullSource({
    ...parts,
    log: pino({ level: "silent" }),
    client: createQueueClient({ apiUrl: emulator.apiUrl, ...ACCOUNT }),
    queues: Array.from(emulator.ids.values(), (id) => ({ id, name: undefined })),
    visibilityMs: 600_000,
    retryDelayMaxSeconds: 3600,
  });
  source.start();
  return { source, end: async () => {} };
});
