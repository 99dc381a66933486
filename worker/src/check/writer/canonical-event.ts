/**
 * The one form in which an event is forwarded, whatever the order of its fields and whatever of it came from the batch's `common`: first the
 * fields that are the event's own, then those that a `common` may carry, each in the order of their names. So what a batch has in common
 * is written, measured and hashed once.
 */
import { COMMON_FIELDS } from "../../events/field-names.ts";
import { canonicalMembers } from "../../lib/canonical-json.ts";
import { murmur128 } from "../../lib/murmur128.ts";
import { sortedKeys } from "../../lib/sorted-keys.ts";

/** Some of the members of an event, as canonical JSON without braces. */
export interface SharedText {
  text: string;
  bytes: number;
  hash: string;
}

/** An event in canonical form. */
export interface CanonicalEvent {
  text: string;
  /** UTF-8 bytes of `text`. */
  bytes: number;
  /** 128 bits, hex: the same for the same event. */
  hash: string;
  /** Personal data was taken out of it. */
  redacted: boolean;
}

/** Measures what events share. */
export function sharedText(text: string): SharedText {
  return { text, ...murmur128(text) };
}

/** Puts an event together. `own` are the members that no `common` may carry. */
export function joinEvent(own: string, shared: SharedText, redacted = false): CanonicalEvent {
  const { hash, bytes } = murmur128(own + shared.hash);
  const comma = own !== "" && shared.text !== "" ? "," : "";
  return {
    text: `{${own}${comma}${shared.text}}`,
    bytes: bytes - shared.hash.length + shared.bytes + comma.length + 2,
    hash,
    redacted,
  };
}

/** The canonical form of an event, `common` merged. Takes any JSON object. */
export function canonicalEvent(event: Record<string, unknown>, redacted = false): CanonicalEvent {
  const names = sortedKeys(event);
  const own = names.filter((name) => !COMMON_FIELDS.has(name));
  const shared = names.filter((name) => COMMON_FIELDS.has(name));
  return joinEvent(canonicalMembers(event, own), sharedText(canonicalMembers(event, shared)), redacted);
}
