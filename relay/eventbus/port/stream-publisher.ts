import type { NewEvent, PublishedEvent } from "./events.ts";

/** The part of an EventBus that publishes durably. */
export interface StreamPublisher {
  /**
   * Resolves with the event as it is on the bus, once that has it. Rejects with a ValidationError, a CircuitOpenError or a PublishError.
   */
  publishStream(stream: string, event: NewEvent, options?: { partitionKey?: string }): Promise<PublishedEvent>;
}
