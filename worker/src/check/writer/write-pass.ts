import type { PersonalRules } from "../../personal/redact.ts";

/** The writing of one event: what its write key allows, and what was met so far. */
export interface WritePass {
  readonly rules: PersonalRules;
  /** Something was taken out since this was last set to false. */
  isRedacted: boolean;
  /** The bounded field that is being written. */
  field: string;
  /** Its keys that were written. */
  keys: number;
}

/** Begins an event. */
export function beginEvent(rules: PersonalRules): WritePass {
  return { rules, isRedacted: false, field: "", keys: 0 };
}

/** Begins a bounded field. */
export function beginField(pass: WritePass, name: string): void {
  pass.field = name;
  pass.keys = 0;
}

/** Writes a value, or returns undefined where it is not sure that the schema takes it. */
export type Write = (value: unknown, pass: WritePass) => string | undefined;

/** Where a value stands: in a bounded field (`context`, `metrics`, `payload`), and how deep in it, 1 being the field itself; 0 outside. */
export type Depth = number;

/** How a schema writes a member of an object. */
export interface Declared {
  write(value: unknown, pass: WritePass): string | undefined;
  /** Its schema says of what class it is: its name says nothing. */
  isClassed: boolean;
}
