/**
 * What is used of Cloudflare Queues, so that this code stands wherever it is checked or run and not only where the runtime's types are.
 * The runtime's own types fit: index.ts shows it.
 */

/** A message to a queue. Text: a pull consumer is handed other kinds in base64. */
export interface OutgoingMessage {
  body: string;
  contentType: "text";
}

/** What a queue says of what waits in it. */
export interface Backlog {
  backlogBytes: number;
  /** When the message that waits longest came in; absent where none waits. */
  oldestMessageTimestamp?: Date;
}

/** A queue that messages are sent to. */
export interface QueueProducer {
  /** Resolves when the queue has all of them. */
  sendBatch(messages: Iterable<OutgoingMessage>): Promise<{ metadata: { metrics: Backlog } }>;
  metrics(): Promise<Backlog>;
}

/** A message that a queue delivers. */
export interface IncomingMessage {
  readonly id: string;
  readonly timestamp: Date;
  readonly body: string;
  /** Deliveries so far, this one included. */
  readonly attempts: number;
  ack(): void;
  retry(options: { delaySeconds: number }): void;
}

/** Messages that a queue delivers together. */
export interface IncomingBatch {
  readonly queue: string;
  readonly messages: readonly IncomingMessage[];
}
