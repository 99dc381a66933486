/**
 * The record of an envelope whose bytes are at hand: nothing is put together before somebody asks for it. An adapter that writes bytes writes
 * these; any other finds the key, the value and the headers of any record.
 */
import type { EnvelopeType } from "@sightline/worker/envelope";
import type { BusRecord } from "../port/record.ts";
import { type EventFacts, headersOf } from "./headers.ts";

/** What envelopes of one pack that follow each other mostly have alike: one object for all of them, so that whoever counts or writes it does so once. */
export interface EnvelopeKind extends Omit<EventFacts, "id"> {
  type: EnvelopeType;
  surface: string;
}

/** Where the parts of an envelope are. */
export interface EnvelopeBytes {
  kind: EnvelopeKind;
  /** Its line, as the collector wrote it. */
  bytes: Buffer;
  start: number;
  end: number;
  /** Its id and its partition key, in UTF-8. */
  texts: Buffer;
  idStart: number;
  idEnd: number;
  keyStart: number;
  keyEnd: number;
}

/** The record of an envelope. */
export class EnvelopeRecord implements BusRecord {
  readonly topic: string;
  readonly envelope: EnvelopeBytes;

  constructor(topic: string, envelope: EnvelopeBytes) {
    this.topic = topic;
    this.envelope = envelope;
  }

  get key(): string {
    const { texts, keyStart, keyEnd } = this.envelope;
    return texts.toString("utf8", keyStart, keyEnd);
  }

  get value(): Buffer {
    const { bytes, start, end } = this.envelope;
    return bytes.subarray(start, end);
  }

  get headers(): BusRecord["headers"] {
    const { kind, texts, idStart, idEnd } = this.envelope;
    return headersOf({ ...kind, id: texts.toString("utf8", idStart, idEnd) });
  }
}

/** Bytes of a record's value. */
export function valueSize(record: BusRecord): number {
  return record instanceof EnvelopeRecord ? record.envelope.end - record.envelope.start : record.value.length;
}
