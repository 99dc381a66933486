/** `DATA_DIR=.sightline npx node examples/subscriber/local.ts`: says each exposure that the relay of `npm start` has put on its local bus. */
import { createEventBus } from "@sightline/eventbus";

const bus = await createEventBus({ env: { ...process.env, EVENT_PUBLISHER: "local", EVENT_BUS_VALIDATE_ON_PUBLISH: "false" } });
await bus.subscribeStream(
  "rec.exposure.recorded.v1",
  ({ id, occurred_at }) => console.log(`${String(occurred_at)} ${String(id)}`),
  {
    group: "example",
  },
);
process.once("SIGINT", () => void bus.close());
