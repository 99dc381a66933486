/** Dead letters of a store: what is no event, or what the database refuses, alone, in the topic beside its own. */
import { deadLetterOf } from "../../eventbus/publish/dead-letter.ts";
import type { PublishError } from "../../bus/port/publish-error.ts";
import type { AdapterBus } from "../../bus/port/adapter.ts";
import type { Delivery } from "../../bus/port/subscriber.ts";
import { dlqName, type TopicNames } from "../../bus/port/topics.ts";

/** Why a record is dead. */
export interface Cause {
  code: "no_event" | "unstorable" | "database_refused";
  message: string;
}

/** Makes what puts a record into the dead letters. Rejects while the bus cannot be had. */
export function createBury(bus: AdapterBus, topics: TopicNames) {
  let number = 0;
  return async ({ record, lane }: Pick<Delivery, "record" | "lane">, { code, message }: Cause): Promise<void> => {
    const type = code === "no_event" ? "undecodable" : "refused";
    const dlq = dlqName(topics, record.topic);
    const death = { type, code, message, attempts: 1, firstSeenAt: new Date().toISOString(), details: { lane } } as const;
    const publish = (packed: boolean) => bus.publish({ number: ++number, records: [deadLetterOf(dlq, record, death, packed)] });
    try {
      await publish(false);
    } catch (error) {
      // With what is known of its failure beside it, it may be larger than the bus takes.
      if ((error as PublishError).refused === undefined) throw error;
      await publish(true);
    }
  };
}
