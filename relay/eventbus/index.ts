/** `@sightline/eventbus`: publish and subscribe from a service, over whichever bus is chosen. */
export { createMemoryBus } from "@sightline/bus/memory";
export { createEventBus, type EventBusOptions } from "./create.ts";
export { getEventBus } from "./singleton.ts";
export type { EventBus, NewEvent, PublishedEvent, PublishOptions, StreamOptions, SubscribeOptions } from "./event-bus.ts";
export type { Handler, MessageContext } from "./port/handler.ts";
export type { ReceivedEvent } from "./port/events.ts";
export type { ConsumerStats } from "./consume/stats.ts";
export type { BreakerStatus } from "@sightline/bus/breaker-status";
export type { Health } from "./health.ts";
export type { EventRegistry } from "./publish/validate.ts";
export {
  CircuitOpenError,
  EVENT_BUS_ERRORS,
  EventBusError,
  type EventBusErrorCode,
  type FieldFault,
  PublishError,
  UsageError,
  ValidationError,
} from "./port/errors.ts";
