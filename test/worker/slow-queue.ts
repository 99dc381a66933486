/** The collector, with queues that take their time; at GET /calls what was given to them, and what they have confirmed. */
import { createApp } from "../../worker/src/app.ts";
import { standIns } from "./stand-ins.ts";

/** Milliseconds until a queue confirms. */
const CONFIRMS_AFTER_MS = 2_000;

/** Calls of the queue of events. */
export interface QueueCalls {
  begun: number;
  confirmed: number;
}

const app = createApp();
const calls: QueueCalls = { begun: 0, confirmed: 0 };
const bindings = standIns();
const EVENTS = {
  ...bindings.EVENTS,
  async sendBatch(messages: Parameters<typeof bindings.EVENTS.sendBatch>[0]) {
    calls.begun++;
    await new Promise((resolve) => setTimeout(resolve, CONFIRMS_AFTER_MS));
    calls.confirmed++;
    return bindings.EVENTS.sendBatch(messages);
  },
};
type Context = Parameters<typeof app.fetch>[2];

export default {
  fetch: (request: Request, _: unknown, context: Context) =>
    request.url.endsWith("/calls") ? Response.json(calls) : app.fetch(request, { ...bindings, EVENTS }, context),
};
