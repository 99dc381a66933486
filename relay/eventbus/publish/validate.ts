/** Checks events against the registry of their types before they are sent. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type FieldFault, ValidationError } from "../port/errors.ts";
import type { PublishedEvent } from "../port/events.ts";

/** Schema of each event_type: of zod, valibot, ArkType or any other that is a Standard Schema. It is asked, and what it returns is not sent. */
export type EventRegistry = Readonly<Record<string, StandardSchemaV1>>;

/** Checks one event. Rejects with a {@link ValidationError}. */
export type Validate = (event: PublishedEvent) => Promise<void>;

/** Makes it. */
export function createValidate(registry: EventRegistry): Validate {
  return async (event) => {
    const schema = Object.hasOwn(registry, event.event_type) ? registry[event.event_type] : undefined;
    if (schema === undefined) {
      const known = Object.keys(registry).toSorted().join(", ") || "none";
      const message = `expected a registered type (${known}), got ${JSON.stringify(event.event_type)}`;
      throw new ValidationError("unregistered_type", "the event was not sent", [{ path: "event_type", message }]);
    }
    const { issues } = await schema["~standard"].validate(event);
    if (issues === undefined) return;
    throw new ValidationError("invalid_event", `the ${event.event_type} was not sent`, issues.map(faultOf));
  };
}

function faultOf({ path = [], message }: StandardSchemaV1.Issue): FieldFault {
  return { path: path.map((part) => String(typeof part === "object" ? part.key : part)).join("."), message };
}
