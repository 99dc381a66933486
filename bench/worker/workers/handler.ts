/**
 * The collector whole, but for what its bindings do: each resolves at once, in the same process. So what is measured is everything from
 * the request to the queue's door, and none of the queue's send, the limiters' counting or the dataset's writing.
 */
import { createApp } from "../../../worker/src/app.ts";

const backlog = { backlogBytes: 0 };
const queue = {
  async sendBatch(messages: Iterable<unknown>) {
    // A queue reads all of them.
    Array.from(messages);
    return { metadata: { metrics: backlog } };
  },
  metrics: async () => backlog,
};
const limiter = { limit: async () => ({ success: true }) };

const env = {
  EVENTS: queue,
  REJECTS: queue,
  KEYS: '{"wk_demo":{"tenant_id":"demo","kind":"web","origins":["https://shop.example"]}}',
  KEY_LIMIT: limiter,
  SESSION_LIMIT: limiter,
  REJECT_LIMIT: limiter,
  COUNTERS: { writeDataPoint() {} },
};
const app = createApp();

type Context = Parameters<typeof app.fetch>[2];

export default { fetch: (request: Request, _: unknown, context: Context) => app.fetch(request, env, context) };
