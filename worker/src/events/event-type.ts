import type { WireEvent } from "@sightline/client/wire";
import type * as z from "zod";
import type { EnvelopeType } from "../envelope.ts";

/** A registered type of event. */
export interface EventType {
  /** Its name on the wire, lower snake case. */
  readonly name: string;
  /** Version of its schema: `<name>@<version>` in the envelope. */
  readonly version: number;
  /** What its envelopes are. */
  readonly envelope: EnvelopeType;
  /** Its rules: the wire's event with the fields that this type requires. */
  readonly schema: z.ZodType<WireEvent>;
}
