import { projectEvents } from "sightline:project-events";
import type * as z from "zod/mini";
import { clientReport } from "./client-report.ts";
import { decision } from "./decision.ts";
import type { EventType, ProjectEventType } from "./event-type.ts";
import { exposure } from "./exposure.ts";
import { outcomes } from "./outcomes.ts";
import { formsOf, formsWithin } from "../lib/schema-parts.ts";
import { piiClasses } from "../personal/pii-classes.ts";
import { wireEvent } from "./schema.ts";

const OWN: readonly EventType[] = [decision, exposure, ...outcomes, clientReport];

/** Fields that the collector writes into envelopes as they are, because of what the wire's rules let through. */
const OURS = ["event_id", "request_id", "timestamp", "seq", "unit_id"] as const;

/** True where a type has a field as the wire has it: required or not, or with more checks. */
function isOfTheWire(field: (typeof OURS)[number], { schema }: ProjectEventType): boolean {
  const wires = formsOf(wireEvent.shape[field]).at(-1);
  const isIt = (form?: z.core.$ZodType): boolean => form !== undefined && (form === wires || isIt(form._zod.parent));
  return formsWithin([schema], field).some((form) => isIt(form));
}

/**
 * The types by name: the collector's own, and a project's. Throws an Error that names the type where one is there twice, is not well
 * named or numbered, changes the rules of a wire field that the collector relies on, or has an unknown class of personal data.
 */
export function createRegistry(ofProject: readonly ProjectEventType[]): ReadonlyMap<string, EventType> {
  const types = new Map<string, EventType>();
  const all = [...OWN, ...ofProject.map((type) => ({ ...type, envelope: "app.event.recorded.v1" as const }))];
  for (const type of all) {
    const refuse = (reason: string) => new Error(`event type ${JSON.stringify(type.name)}: ${reason}`);
    if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(type.name) || type.name.length > 64) {
      throw refuse("expected a name in lower snake case of at most 64 characters");
    }
    if (!Number.isInteger(type.version) || type.version < 1) throw refuse("expected a version from 1");
    if (types.has(type.name)) throw refuse("expected a name that is not registered yet");
    const foreign = OURS.find((field) => !isOfTheWire(field, type));
    if (foreign !== undefined) throw refuse(`expected the wire's own ${foreign}`);
    try {
      piiClasses(type.schema);
    } catch (error) {
      throw refuse((error as Error).message);
    }
    types.set(type.name, type);
  }
  return types;
}

/** Every registered type of event, by name. A wrong one stops the collector where it starts: `wrangler deploy` refuses it. */
export const registry: ReadonlyMap<string, EventType> = createRegistry(projectEvents);
