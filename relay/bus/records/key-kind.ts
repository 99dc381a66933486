import type { KeyKind } from "@sightline/worker/envelope";

/** The namespace of an envelope's id; envelopes of before name none, and are of the first one. */
export function keyKindOf({ key_kind }: { key_kind?: unknown }): KeyKind {
  return key_kind === "server" ? "server" : "web";
}
