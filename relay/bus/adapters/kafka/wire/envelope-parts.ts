/** Writes the record of an envelope from its bytes: key, value and headers, of which all but the event_id are the same in most that follow each other. */
import type { EnvelopeBytes, EnvelopeKind } from "../../../records/envelope-record.ts";
import { headersOf } from "../../../records/headers.ts";
import { textSize, varintSize, writeText, writeVarint } from "./varint.ts";

const EVENT_ID = "event_id";

/** What envelopes of one kind have alike. */
interface Frame {
  /** The number of the headers, and the name of the first, which is the event_id. */
  head: Buffer;
  /** The headers behind it. */
  tail: Buffer;
}

const frames = new WeakMap<EnvelopeKind, Frame>();
let last: { kind: EnvelopeKind; frame: Frame } | undefined;

function frameOf(kind: EnvelopeKind): Frame {
  if (last?.kind === kind) return last.frame;
  const frame = frames.get(kind) ?? makeFrame(kind);
  frames.set(kind, frame);
  last = { kind, frame };
  return frame;
}

function makeFrame(kind: EnvelopeKind): Frame {
  const [[first], ...others] = Object.entries(headersOf({ ...kind, id: "" })) as [[string, string], ...[string, string][]];
  if (first !== EVENT_ID) throw new Error(`expected the header ${EVENT_ID} first, got ${first}`);
  const head = Buffer.allocUnsafe(varintSize(others.length + 1) + textSize(EVENT_ID));
  writeText(head, EVENT_ID, writeVarint(head, others.length + 1, 0));
  const tail = Buffer.allocUnsafe(others.reduce((sum, [name, text]) => sum + textSize(name) + textSize(text), 0));
  let at = 0;
  for (const [name, text] of others) at = writeText(tail, text, writeText(tail, name, at));
  return { head, tail };
}

/** Bytes of the key, the value and the headers, each with its length. */
export function envelopeSize({ kind, start, end, idStart, idEnd, keyStart, keyEnd }: EnvelopeBytes): number {
  const { head, tail } = frameOf(kind);
  const [id, key, value] = [idEnd - idStart, keyEnd - keyStart, end - start];
  return varintSize(key) + key + varintSize(value) + value + head.length + varintSize(id) + id + tail.length;
}

/** Writes them; returns what follows. */
export function writeEnvelope(envelope: EnvelopeBytes, into: Buffer, from: number): number {
  const { kind, bytes, start, end, texts, idStart, idEnd, keyStart, keyEnd } = envelope;
  const { head, tail } = frameOf(kind);
  let at = copy(texts, keyStart, keyEnd, into, writeVarint(into, keyEnd - keyStart, from));
  at = writeVarint(into, end - start, at);
  at += bytes.copy(into, at, start, end);
  at = copy(head, 0, head.length, into, at);
  at = copy(texts, idStart, idEnd, into, writeVarint(into, idEnd - idStart, at));
  return at + tail.copy(into, at);
}

/** Of a few bytes, for which a call out of the engine takes longer. */
function copy(from: Buffer, start: number, end: number, into: Buffer, to: number): number {
  for (let i = start; i < end; i++) into[to + i - start] = from[i]!;
  return to + end - start;
}
