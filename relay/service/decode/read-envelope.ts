/** Reads envelopes of one tenant: their facts, and the keys by which copies of them are told. */
import type { KeyKind } from "@sightline/worker/envelope";
import { ENVELOPE_TYPES } from "../../bus/port/topics.ts";
import { keyKindOf } from "../../bus/records/key-kind.ts";
import type { EnvelopeKind } from "../../bus/records/envelope-record.ts";
import { KEY_WORDS, type KeyPrefix, type Keys } from "../../state/keys.ts";
import { putContent, putOwner } from "../../state/words.ts";
import { Facts, TEXT } from "./facts.ts";
import { type Line, Readable, WORD } from "./line.ts";
import { OF_METADATA, parseFacts } from "./parse-facts.ts";
import { scanFacts } from "./scan-facts.ts";

/** Texts that make the kind of an envelope. */
const OF_KIND = [TEXT.type, TEXT.event_type, TEXT.trace_id, TEXT.surface, TEXT.key_kind, TEXT.schema];
/** Words of one array, which lines share: of some thousand of them. */
const SHARE = 2 ** 16;

const facts = new Facts();
let words = new Uint32Array(SHARE);
let used = 0;

/** Reads the envelope in these bytes, which are UTF-8. Never throws. */
export type ReadEnvelope = (bytes: Buffer, start: number, end: number) => Line;

/** Readers that are kept: of the tenants that there were last. */
const MOST_READERS = 1_000;
const readers = new WeakMap<Keys, Map<string, ReadEnvelope>>();

/** The reader of a tenant's envelopes, for the store of these keys. */
export function envelopeReader(tenant_id: string, keys: Keys): ReadEnvelope {
  const own = readers.get(keys) ?? new Map<string, ReadEnvelope>();
  readers.set(keys, own);
  const known = own.get(tenant_id);
  if (known) return known;
  if (own.size >= MOST_READERS) own.clear();
  const made = makeReader(tenant_id, keys);
  own.set(tenant_id, made);
  return made;
}

function makeReader(tenant_id: string, keys: Keys): ReadEnvelope {
  const prefix = keys.prefix(tenant_id);
  const tenant = Buffer.from(tenant_id);
  const kinds = createKinds(tenant_id);
  const refused = (bytes: Buffer, start: number, end: number, message: string): Line => {
    return { line: bytes.toString("utf8", start, end), code: "invalid_envelope", message, tenant_id };
  };
  return (bytes, start, end) => {
    const fault = scanFacts(bytes, start, end, facts) ? undefined : parseFacts(bytes.toString("utf8", start, end), facts);
    if (fault !== undefined) return refused(bytes, start, end, fault);
    const kind = kinds.of(facts);
    if (kind === undefined) return refused(bytes, start, end, `expected a type of ${ENVELOPE_TYPES.join(", ")}`);
    if (!isText(facts, TEXT.tenant_id, tenant)) return refused(bytes, start, end, OF_METADATA);
    const items = putWords(keys, prefix, kind);
    return new Readable(kind, bytes, start, end, facts, words, used - WORD.items - items * KEY_WORDS, items);
  };
}

/** Writes the keys of the envelope in the facts, and what its markers say of it, up to `used`; returns of how many items. */
function putWords(keys: Keys, prefix: KeyPrefix, { type, key_kind }: EnvelopeKind): number {
  const { bytes, shared, count } = facts;
  const hasItems = type === "rec.exposure.recorded.v1" || type === "rec.decision.made.v1";
  const needed = WORD.items + (hasItems ? count * KEY_WORDS : 0);
  if (used + needed > words.length) {
    words = new Uint32Array(Math.max(SHARE, needed));
    used = 0;
  }
  const at = used;
  const [idStart, idEnd] = [shared[TEXT.id]!, shared[TEXT.id + 1]!];
  keys.event(prefix, key_kind, bytes, idStart, idEnd, words, at + WORD.key);
  putContent(bytes, shared[TEXT.content_hash]!, shared[TEXT.content_hash + 1]!, words, at + WORD.event);
  putOwner(bytes, idStart, idEnd, words, at + WORD.owner);
  const items = hasItems ? keys.items(prefix, key_kind, facts, words, at + WORD.items) : 0;
  used += WORD.items + items * KEY_WORDS;
  return items;
}

/** Gives envelopes that are of one kind with the one before the same object. */
function createKinds(tenant_id: string) {
  let last: EnvelopeKind | undefined;
  let texts: Buffer[] = [];
  return {
    /** Undefined where the type is none. */
    of(found: Facts): EnvelopeKind | undefined {
      if (last !== undefined && areTexts(found, texts)) return last;
      const type = found.text(TEXT.type);
      const known = ENVELOPE_TYPES.find((name) => name === type);
      if (known === undefined) return undefined;
      texts = OF_KIND.map((text) => Buffer.from(found.bytes.subarray(found.shared[text], found.shared[text + 1])));
      const key_kind: KeyKind = keyKindOf({ key_kind: found.text(TEXT.key_kind) });
      const [event_type, trace_id] = [found.text(TEXT.event_type), found.text(TEXT.trace_id)];
      last = {
        tenant_id,
        type: known,
        event_type,
        trace_id,
        key_kind,
        surface: found.text(TEXT.surface),
        schema: found.text(TEXT.schema),
      };
      return last;
    },
  };
}

/** Whether the texts of the kind are these. */
function areTexts(found: Facts, expected: readonly Buffer[]): boolean {
  for (let nth = 0; nth < OF_KIND.length; nth++) if (!isText(found, OF_KIND[nth]!, expected[nth]!)) return false;
  return true;
}

function isText({ bytes, shared }: Facts, text: number, expected: Buffer): boolean {
  const [start, end] = [shared[text]!, shared[text + 1]!];
  if (end - start !== expected.length) return false;
  for (let i = 0; i < expected.length; i++) if (bytes[start + i] !== expected[i]) return false;
  return true;
}
