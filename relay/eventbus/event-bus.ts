/** The EventBus: what a service publishes with and subscribes by, whichever bus is under it. */

/** An event as a service writes it. */
export interface NewEvent {
  /** Its registered type; required. */
  event_type: string;
  /** Unique id. @default a UUID */
  event_id?: string;
  /** When it happened, ISO 8601 UTC. @default now */
  timestamp?: string;
  /** Version of its schema. @default 1 */
  version?: number;
  [field: string]: unknown;
}

/** An event as it is on the bus. */
export interface PublishedEvent extends NewEvent {
  event_id: string;
  timestamp: string;
  version: number;
}
