/** One record to publish. */
export interface BusRecord {
  /** Topic, with the prefix of the settings. */
  topic: string;
  /** Partition key. */
  key: string;
  /** The envelope's bytes as the collector wrote them, or a dead letter. */
  value: Buffer;
  /** event_id, event_type, content-type, traceparent, tenant_id, key_kind, schema. */
  headers: Record<string, string>;
}

/** A record as a reader finds it. */
export interface StoredRecord extends BusRecord {
  /** It has no value at all, which is another thing than an empty one: it says that its key is gone. `value` is empty then. @default false */
  isTombstone?: true;
  /** Headers that have a value; of several that have one name the last, as Kafka's own clients read them. */
  headers: Record<string, string>;
  partition: number;
  /** Place within the partition; counts up, with gaps. */
  offset: bigint;
  /** When the bus had it, ISO 8601 UTC. */
  publishedAt: string;
}
