import type { ValueClass } from "./name-class.ts";

/** What can be found in a text, and its class; a token is a credential. */
export const KINDS = {
  email: "personal",
  phone: "personal",
  card: "sensitive",
  iban: "sensitive",
  jwt: "sensitive",
} as const satisfies Record<string, ValueClass>;

/** What can be found in a text. */
export type Kind = keyof typeof KINDS;

/** Reports each find in a folded text: its kind, where it begins, and where it ends, exclusive. */
export type Find = (text: string, found: (kind: Kind, from: number, to: number) => void) => void;
