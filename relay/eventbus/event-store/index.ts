export { ConcurrencyError } from "./concurrency-error.ts";
export {
  type AppendOptions,
  createEventStore,
  type EventStore,
  type EventStoreOptions,
  type StoredEvent,
} from "./event-store.ts";
export { createProjection, type Projected, type ProjectionOptions } from "./projection.ts";
export { migrateEventStore } from "./tables.ts";
