/** The collector, which responds with what a request gave its bindings to do: bytes of each message, and how many data points. One at a time. */
import { createApp } from "../../../worker/src/app.ts";
import { standIns } from "../../../test/worker/stand-ins.ts";

/** What one request comes to. */
export interface BindingUse {
  status: number;
  /** UTF-8 bytes of the body of each message. */
  messageBytes: number[];
  dataPoints: number;
}

const app = createApp();
const encoder = new TextEncoder();
let used: Omit<BindingUse, "status">;
const env = standIns({
  onMessages: (messages) => used.messageBytes.push(...messages.map(({ body }) => encoder.encode(body).byteLength)),
  onPoint: () => used.dataPoints++,
});
type Context = Parameters<typeof app.fetch>[2];

export default {
  async fetch(request: Request, _: unknown, context: Context): Promise<Response> {
    used = { messageBytes: [], dataPoints: 0 };
    const { status } = await app.fetch(request, env, context);
    return Response.json({ status, ...used } satisfies BindingUse);
  },
};
