/** The collector, and at GET /queued what it has put into its queues. */
import { createApp } from "../../../worker/src/app.ts";
import { readPack } from "../../../worker/src/envelope/pack.ts";
import { standIns } from "../stand-ins.ts";

/** Envelopes in each of the queues. */
export interface QueuedCounts {
  events: number;
  rejects: number;
}

const app = createApp();
const queued: QueuedCounts = { events: 0, rejects: 0 };
const env = {
  ...standIns({
    onMessages(messages, queue) {
      for (const { body } of messages) queued[queue] += readPack(body).lines.length;
    },
  }),
  READ_TIMEOUT_MS: 500,
};
type Context = Parameters<typeof app.fetch>[2];

export default {
  fetch: (request: Request, _: unknown, context: Context) =>
    request.url.endsWith("/queued") ? Response.json(queued) : app.fetch(request, env, context),
};
