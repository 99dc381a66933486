import type { EventBus } from "@sightline/eventbus";
import { defineSaga } from "@sightline/eventbus/saga";

/** What an order knows. */
type Order = { item: string; amount: number; reservation?: string };

/** An order: reserve, have it paid, send. What has an effect elsewhere gives the idempotency key along. */
export function orderSaga(bus: Pick<EventBus, "publishStream">, say: (line: string) => void) {
  return defineSaga<Order>({
    name: "order",
    steps: [
      {
        name: "reserve",
        run({ sagaId, data }) {
          say(`${sagaId}: ${data.item} is reserved`);
          return { reservation: `reservation of ${sagaId}` };
        },
        compensate: ({ sagaId, data }) => say(`${sagaId}: the ${data.reservation} is released`),
      },
      {
        name: "charge",
        timeoutMs: 10_000,
        replies: { "payment.charge.accepted.v1": "done", "payment.charge.refused.v1": "failed" },
        async run({ sagaId, data: { amount }, idempotencyKey }) {
          const command = { event_type: "payment.charge.requested.v1", event_id: idempotencyKey, correlation_id: sagaId, amount };
          await bus.publishStream("transport.payment-commands", command, { partitionKey: sagaId });
        },
      },
      { name: "send", run: ({ sagaId, data }) => say(`${sagaId}: ${data.item} is on its way`) },
    ],
  });
}
