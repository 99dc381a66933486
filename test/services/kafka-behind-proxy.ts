import { type KafkaProxy, startKafkaProxy } from "./kafka-proxy.ts";
import { type Kafka, startKafka } from "./kafka.ts";

/** A broker whose clients come to it by a proxy alone; `stop` ends both. */
export interface KafkaBehindProxy extends Kafka {
  proxy: KafkaProxy;
}

/** Starts them. Throws an Error that says what is missing. */
export async function startKafkaBehindProxy(): Promise<KafkaBehindProxy> {
  const proxy = await startKafkaProxy();
  try {
    const kafka = await startKafka({ advertised: proxy.port });
    proxy.leadTo(Number(kafka.brokers.split(":")[1]));
    return { ...kafka, proxy, stop: () => kafka.stop().finally(() => proxy.close()) };
  } catch (error) {
    await proxy.close();
    throw error;
  }
}
