/** The one EventBus of a process. */
import { createEventBus, type EventBusOptions } from "./create.ts";
import type { EventBus } from "./event-bus.ts";

let started: Promise<EventBus> | undefined;

/** The EventBus of this process, made at the first call, whose options count. Rejects as {@link createEventBus} does, and tries again then. */
export function getEventBus(options: EventBusOptions = {}): Promise<EventBus> {
  if (started !== undefined) return started;
  const own = createEventBus(options).then(
    (bus) => ({
      ...bus,
      close() {
        // It may be closed twice, and another one be the process's by then.
        if (started === own) started = undefined;
        return bus.close();
      },
    }),
    (error: unknown) => {
      started = undefined;
      throw error;
    },
  );
  started = own;
  return own;
}
