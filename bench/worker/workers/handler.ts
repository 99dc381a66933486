/**
 * The collector whole, but for what its bindings do. So what is measured is everything from the request to the queue's door, and none of
 * the queue's send, the limiters' counting or the dataset's writing.
 */
import { createApp } from "../../../worker/src/app.ts";
import { standIns } from "../../../test/worker/stand-ins.ts";

const app = createApp();
const env = standIns();
type Context = Parameters<typeof app.fetch>[2];

export default { fetch: (request: Request, _: unknown, context: Context) => app.fetch(request, env, context) };
