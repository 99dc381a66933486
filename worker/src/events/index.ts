/** `@sightline/worker/events`: what a project's own types of events are made of. examples/meal-planner/README.md shows how. */
export type { ProjectEventType } from "./event-type.ts";
export { json, wireContext, wireEvent } from "./schema.ts";
