/** A backend on Workers, as a shop has it: sends the events that it is posted, and returns the verdicts. */
import { createSender, type WireEvent } from "../../../client/src/server/index.ts";

interface Env {
  COLLECTOR: string;
}

export default {
  async fetch(request: Request, { COLLECTOR }: Env): Promise<Response> {
    const { events, idempotencyKey } = (await request.json()) as { events: WireEvent[]; idempotencyKey?: string };
    const sender = createSender({ endpoint: COLLECTOR, key: "sk_demo" });
    return Response.json(await sender.send(events, { idempotencyKey }));
  },
};
