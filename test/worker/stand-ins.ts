/** Cloudflare's bindings, for a collector in a bare workerd: they answer at once, in the same process. */
import type { Dataset } from "../../worker/src/out/counters.ts";
import type { OutgoingMessage, QueueProducer } from "../../worker/src/out/queue.ts";

const backlog = { backlogBytes: 0 };
const limiter = { limit: async () => ({ success: true }) };

/** What wrangler.toml binds, less the namespace of keys: the one key stands in a variable. */
export function standIns({ onMessages = () => {}, onPoint = () => {} }: Listeners = {}) {
  const queue = (name: "events" | "rejects"): QueueProducer => ({
    async sendBatch(messages) {
      // A queue reads all of them.
      onMessages(Array.from(messages), name);
      return { metadata: { metrics: backlog } };
    },
    metrics: async () => backlog,
  });
  const dataset: Dataset = { writeDataPoint: onPoint };
  return {
    EVENTS: queue("events"),
    REJECTS: queue("rejects"),
    KEYS: '{"wk_demo":{"tenant_id":"demo","kind":"web","origins":["*"]}}',
    KEY_LIMIT: limiter,
    ADDRESS_LIMIT: limiter,
    SESSION_LIMIT: limiter,
    REJECT_LIMIT: limiter,
    COUNTERS: dataset,
  };
}

interface Listeners {
  onMessages?: (messages: OutgoingMessage[], queue: "events" | "rejects") => void;
  onPoint?: () => void;
}
