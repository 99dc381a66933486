/** Records as other producers of Kafka write them: with headers of no value, or of one name, and without a value. */
import { Connection, type MessageRecord, produceV11 } from "@platformatic/kafka";

/** A record; null where it has nothing. */
export interface ForeignRecord {
  key: string;
  value: string | null;
  headers?: [name: string, value: string | null][];
}

/** Writes them to partition 0 of a topic that the broker leads. */
export async function produceForeign(brokers: string, topic: string, records: ForeignRecord[]): Promise<void> {
  const [host = "", port] = brokers.split(":");
  const connection = new Connection("foreign");
  await connection.connect(host, Number(port));
  const messages = records.map(({ key, value, headers = [] }) => ({
    topic,
    partition: 0,
    key: Buffer.from(key),
    value: bytes(value),
    // Buffers as keys are told apart although they say the same.
    headers: new Map(headers.map(([name, content]) => [Buffer.from(name), bytes(content)])),
  }));
  try {
    await produceV11.api.async(connection, -1, 5_000, messages as MessageRecord[], {});
  } finally {
    await connection.close();
  }
}

function bytes(text: string | null): Buffer | undefined {
  return text === null ? undefined : Buffer.from(text);
}
