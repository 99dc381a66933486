/** Events, as services write them and as they are on the bus. */

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

/** An event as a handler gets it: what the value of its record says, and nothing of it is checked. */
export type ReceivedEvent = Record<string, unknown>;
