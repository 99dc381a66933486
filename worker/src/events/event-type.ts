import type { WireEvent } from "@sightline/client/wire";
import type * as z from "zod/mini";
import type { EnvelopeType } from "../envelope/envelope.ts";

/** A type of event as a project writes it down. */
export interface ProjectEventType {
  /** Its name on the wire, lower snake case, at most 64 characters. */
  readonly name: string;
  /** Version of its schema: `<name>@<version>` in the envelope. A whole number from 1. */
  readonly version: number;
  /** What it says happened, in a sentence. */
  readonly description: string;
  /** Its rules: the wire's event with the fields that this type requires, in zod or zod/mini. */
  readonly schema: z.core.$ZodType<WireEvent>;
}

/** A registered type of event. */
export interface EventType extends ProjectEventType {
  /** What its envelopes are. */
  readonly envelope: EnvelopeType;
}
