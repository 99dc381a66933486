/** `KAFKA_BROKERS=127.0.0.1:9092 npx node examples/subscriber/kafka.ts`: says each exposure that the relay has put on Kafka. */
import { createEventBus } from "@sightline/eventbus";

const bus = await createEventBus({ env: { ...process.env, EVENT_PUBLISHER: "kafka", EVENT_BUS_VALIDATE_ON_PUBLISH: "false" } });
await bus.subscribeStream(
  "rec.exposure.recorded.v1",
  ({ id, occurred_at }) => console.log(`${String(occurred_at)} ${String(id)}`),
  {
    group: "example",
  },
);
process.once("SIGINT", () => void bus.close());
