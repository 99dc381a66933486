/** Presets of workers: a type of worker is a group of its own, so that a service names what it is and not a group each time. */

/** Type of worker -> its group. */
export const WORKER_GROUPS = {
  EVENT_PROCESSOR: "event-processor-workers",
  DATA_INTEGRITY: "integrity-checker-workers",
  CONNECTION_RECOVERY: "recovery-workers",
} as const;

/** Types of workers. */
export type WorkerType = keyof typeof WORKER_GROUPS;
