/** The collector, which responds with the messages that a request gave its queue. One request at a time. */
import { createApp } from "../../../worker/src/app.ts";
import { standIns } from "../../../test/worker/stand-ins.ts";

const app = createApp();
let packs: string[];
const env = standIns({ onMessages: (messages) => packs.push(...messages.map(({ body }) => body)) });
type Context = Parameters<typeof app.fetch>[2];

export default {
  async fetch(request: Request, _: unknown, context: Context): Promise<Response> {
    packs = [];
    const { status } = await app.fetch(request, env, context);
    return Response.json({ status, packs });
  },
};
