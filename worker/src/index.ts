/** The collector: takes events over HTTP into Cloudflare Queues, and pushes what the queues hold to the relay. */
import { createApp } from "./app.ts";
import type { Bindings } from "./settings/bindings.ts";
import { settingsOf } from "./settings/settings.ts";
import { push } from "./out/push.ts";

const app = createApp();

export default {
  fetch: app.fetch,
  queue: (batch, env) => push(batch, settingsOf(env)),
} satisfies ExportedHandler<Bindings, string>;
