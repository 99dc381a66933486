export { createOutbox, type Outbox, type OutboxOptions, type QueueOptions } from "./outbox.ts";
export { migrateOutbox } from "./table.ts";
export { runOutbox, type Report, type WorkerOptions } from "./worker.ts";
