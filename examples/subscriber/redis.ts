/** `REDIS_URL=redis://127.0.0.1:6379 npx node examples/subscriber/redis.ts`: says each price as it comes, to whoever listens just then. */
import { createEventBus } from "@sightline/eventbus";

const bus = await createEventBus({ env: { ...process.env, EVENT_PUBLISHER: "redis", EVENT_BUS_VALIDATE_ON_PUBLISH: "false" } });
await bus.subscribe("realtime.price-updates", ({ symbol, price }) => console.log(`${String(symbol)} ${String(price)}`), {
  filter: ({ symbol }) => symbol === "AAPL",
});
process.once("SIGINT", () => void bus.close());
