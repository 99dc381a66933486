/**
 * Reads the facts of an envelope from its bytes as the collector writes them: no white space, no member twice, no escapes in what the relay looks
 * at. It sees to it that the rest is JSON, and makes nothing of it. Whatever is otherwise is for {@link parseFacts} to judge.
 */
import { type Facts, TEXT } from "./facts.ts";
import { BAD, COLON, COMMA, plainEnd, QUOTE, valueEnd } from "./json-scan.ts";

/** What the value of a member is: a text (its place in the facts), or one of these. */
const [PAYLOAD, METADATA, ITEMS, COPIES] = [100, 101, 102, 103] as const;
/** Texts of an item. */
const [ITEM_ID, PLACEMENT] = [104, 105] as const;

/** The members of one object that are looked at, by length and first letter; no two agree in both. */
interface Members {
  slots: Uint8Array;
  names: Uint8Array[];
  values: number[];
}

const slotOf = (length: number, first: number): number => ((length & 31) << 5) | (first & 31);

function members(names: Record<string, number>): Members {
  const all = Object.entries(names);
  const slots = new Uint8Array(1024);
  for (const [nth, [name]] of all.entries()) slots[slotOf(name.length, name.charCodeAt(0))] = nth + 1;
  return { slots, names: all.map(([name]) => new TextEncoder().encode(name)), values: all.map(([, value]) => value) };
}

const { id, type, event_type, trace_id, ...rest } = TEXT;
const { partition_key, content_hash, tenant_id, key_kind, schema, ...payload } = rest;
const TOP = members({ id, type, event_type, trace_id, payload: PAYLOAD, metadata: METADATA });
const IN_PAYLOAD = members({ ...payload, items: ITEMS });
const IN_METADATA = members({ partition_key, content_hash, tenant_id, key_kind, schema, copies: COPIES });
const IN_ITEM = members({ item_id: ITEM_ID, placement: PLACEMENT });

/** The item that is read. */
const item = new Int32Array(4);

/** Texts without which it is no envelope. */
const NEEDED = [id, event_type, partition_key, content_hash, tenant_id];

/** Reads the envelope in these bytes; false where it has to be parsed, and the facts are then of no meaning. */
export function scanFacts(bytes: Buffer, start: number, end: number, facts: Facts): boolean {
  facts.clear(bytes);
  if (objectOf(TOP, bytes, start, end, facts) !== end || !facts.hasPayload) return false;
  return NEEDED.every((text) => facts.has(text));
}

/** Reads the members of an object; returns what follows it. */
function objectOf(known: Members, bytes: Buffer, from: number, end: number, facts: Facts): number {
  if (from + 1 >= end || bytes[from] !== 0x7b) return BAD;
  if (bytes[from + 1] === 0x7d) return from + 2;
  let seen = 0;
  for (let at = from + 1; at + 1 < end && bytes[at] === QUOTE; at++) {
    const name = at + 1;
    const close = plainEnd(bytes, name, end);
    if (close === BAD || close + 1 >= end || bytes[close + 1] !== COLON) return BAD;
    const nth = nthOf(known, bytes, name, close);
    if (nth === 0) at = valueEnd(bytes, close + 2, end);
    else if ((seen & (1 << nth)) !== 0) return BAD;
    else at = memberOf(known.values[nth - 1]!, bytes, close + 2, end, facts);
    seen |= 1 << nth;
    if (at === BAD || at >= end) return BAD;
    if (bytes[at] === 0x7d) return at + 1;
    if (bytes[at] !== COMMA) return BAD;
  }
  return BAD;
}

/** The number of a known member, from 1; 0 for any other. */
function nthOf({ slots, names }: Members, bytes: Buffer, start: number, end: number): number {
  const nth = slots[slotOf(end - start, bytes[start]!)]!;
  if (nth === 0) return 0;
  const name = names[nth - 1]!;
  if (name.length !== end - start) return 0;
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return 0;
  return nth;
}

/** Reads the value of a known member. */
function memberOf(value: number, bytes: Buffer, at: number, end: number, facts: Facts): number {
  if (value < PAYLOAD || value >= ITEM_ID) {
    if (bytes[at] !== QUOTE) return valueEnd(bytes, at, end);
    const close = plainEnd(bytes, at + 1, end);
    if (close === BAD) return BAD;
    if (value < PAYLOAD) facts.set(value, at + 1, close);
    else {
      item[(value - ITEM_ID) * 2] = at + 1;
      item[(value - ITEM_ID) * 2 + 1] = close;
    }
    return close + 1;
  }
  facts.hasPayload ||= value === PAYLOAD;
  if (value === PAYLOAD) return objectOf(IN_PAYLOAD, bytes, at, end, facts);
  if (value === METADATA) return objectOf(IN_METADATA, bytes, at, end, facts);
  return value === ITEMS ? itemsOf(bytes, at, end, facts) : copiesOf(bytes, at, end, facts);
}

function itemsOf(bytes: Buffer, from: number, end: number, facts: Facts): number {
  if (from + 1 >= end || bytes[from] !== 0x5b) return BAD;
  if (bytes[from + 1] === 0x5d) return from + 2;
  for (let at = from + 1; at < end; at++) {
    item.fill(0);
    at = objectOf(IN_ITEM, bytes, at, end, facts);
    if (at === BAD || at >= end) return BAD;
    if (item[0]! < item[1]!) facts.addItem(item[0]!, item[1]!, item[2]!, item[3]!);
    if (bytes[at] === 0x5d) return at + 1;
    if (bytes[at] !== COMMA) return BAD;
  }
  return BAD;
}

/** A whole number of few digits. */
function copiesOf(bytes: Buffer, from: number, end: number, facts: Facts): number {
  const at = valueEnd(bytes, from, end);
  if (at === BAD || at - from > 9) return BAD;
  let copies = 0;
  for (let i = from; i < at; i++) {
    if (bytes[i]! < 0x30 || bytes[i]! > 0x39) return BAD;
    copies = copies * 10 + bytes[i]! - 0x30;
  }
  facts.copies = Math.max(1, copies);
  return at;
}
