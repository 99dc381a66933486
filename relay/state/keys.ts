/**
 * The keys that tell a copy, each within its tenant and the kind of write key that sent it (a page must not be able to take a backend's
 * id): the event's id, and of an exposure or a decision each (request_id, unit, item_id, event_type, timestamp), with the placement where
 * there is one, since one item in two places is seen twice. An outcome has no such keys: three purchases of one item in one millisecond
 * are three.
 *
 * Parts are length-prefixed, so that no two lists of parts read the same, and hashed to 128 bits by MurmurHash3 (docs/decisions.md). The
 * store's salt comes first: whoever does not know it cannot search for a key that another's event has.
 */
import type { KeyKind } from "@sightline/worker/envelope";
import { murmur128Words } from "@sightline/worker/murmur128";

/** A key: 16 characters, each one byte. A string, since there are several of each event, and a Buffer weighs ten times as much. */
export type Key = string;

/** The fields of an envelope that the relay looks at. */
export interface Facts {
  id: string;
  tenant_id: string;
  key_kind: KeyKind;
  event_type: string;
  content_hash: string;
  request_id: string | undefined;
  unit_type: string | undefined;
  unit_id: string | undefined;
  timestamp: string | undefined;
  /** Of an exposure or a decision; of other events none. */
  items: { item_id: string; placement: string | undefined }[];
}

/** Key of an event's id. */
export function eventKey({ tenant_id, key_kind, id }: Pick<Facts, "tenant_id" | "key_kind" | "id">, salt: string): Key {
  return key_kind === "web" ? hash(salt, "event", tenant_id, id) : hash(salt, "event", tenant_id, id, key_kind);
}

/** Key of one content under an id that another content owns. */
export function conflictKey({ key, content_hash }: Pick<Facts, "content_hash"> & { key: Key }): Key {
  return hash("conflict", key, content_hash);
}

/** Keys of an event's items, without repeats; none where it names no request. */
export function itemKeys(
  { tenant_id, key_kind, request_id, unit_type, unit_id, event_type, timestamp, items }: Omit<Facts, "id" | "content_hash">,
  salt: string,
): Key[] {
  if (items.length === 0 || request_id === undefined || timestamp === undefined) return [];
  const shared = [tenant_id, key_kind, request_id, unit_type ?? "", unit_id ?? "", event_type, canonicalTime(timestamp)];
  const keys = items.map(({ item_id, placement }) => hash(salt, "item", ...shared, item_id, placement ?? ""));
  return keys.length < 2 ? keys : [...new Set(keys)];
}

/** One spelling for one instant: UTC, nine digits after the second. What is no such time is its own spelling. */
function canonicalTime(timestamp: string): string {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+00:00)$/i.exec(timestamp);
  return parts ? `${parts[1]!.toUpperCase()}.${(parts[2] ?? "").padEnd(9, "0")}Z` : timestamp;
}

function hash(...parts: string[]): Key {
  let text = "";
  // Lengths are in UTF-16 units: they tell parts apart as well as bytes do, and are at hand.
  for (const part of parts) text += `${part.length}:${part}`;
  return keyOf(text);
}

/** Key of a text, of which whoever makes it sees to it that no other reads the same. */
export function keyOf(text: string): Key {
  const [a, b, c, d] = murmur128Words(text);
  // One call, since a text that is put together of pieces is copied once more when it is looked up.
  // prettier-ignore
  return String.fromCharCode(
    a >>> 24, (a >>> 16) & 255, (a >>> 8) & 255, a & 255,
    b >>> 24, (b >>> 16) & 255, (b >>> 8) & 255, b & 255,
    c >>> 24, (c >>> 16) & 255, (c >>> 8) & 255, c & 255,
    d >>> 24, (d >>> 16) & 255, (d >>> 8) & 255, d & 255,
  );
}
