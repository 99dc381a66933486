export type { NewEvent, PublishedEvent } from "./event-bus.ts";
