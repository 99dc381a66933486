import { kafkaConnection } from "./connect.ts";
import type { KafkaOptions } from "./settings.ts";
import { brokerSetting } from "./wire/admin.ts";
import { createWire } from "./wire/wire.ts";

/** The shortest transaction.max.timeout.ms of the brokers; undefined where this login may not know. Rejects where they cannot be had. */
export async function maxTransactionMs(options: KafkaOptions): Promise<number | undefined> {
  const wire = createWire(kafkaConnection(options));
  try {
    const values = [...(await brokerSetting(wire, "transaction.max.timeout.ms")).values()]
      .map(Number)
      .filter((value) => value > 0);
    return values.length === 0 ? undefined : Math.min(...values);
  } finally {
    await wire.close();
  }
}
