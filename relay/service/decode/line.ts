/** The lines of a message: envelopes that can be forwarded, and what never can be. */
import type { EnvelopeBytes, EnvelopeKind } from "../../bus/records/envelope-record.ts";
import { type Facts, TEXT } from "./facts.ts";

/** Where in an envelope's words are: its key, its content hash with its owner behind it (as in a record of the log), and the keys of its items. */
export const WORD = { key: 0, event: 4, owner: 8, items: 10 } as const;

/** An envelope that can be forwarded. */
export class Readable implements EnvelopeBytes {
  readonly kind: EnvelopeKind;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly texts: Buffer;
  readonly idStart: number;
  readonly idEnd: number;
  readonly keyStart: number;
  readonly keyEnd: number;
  /** Copies of it that its request carried. */
  readonly copies: number;
  /** By {@link WORD}, from `at` on; of exposures and decisions with keys of so many items. */
  readonly words: Uint32Array;
  readonly at: number;
  readonly items: number;

  constructor(
    kind: EnvelopeKind,
    bytes: Buffer,
    start: number,
    end: number,
    { bytes: texts, shared, copies }: Facts,
    words: Uint32Array,
    at: number,
    items: number,
  ) {
    this.kind = kind;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.texts = texts;
    this.idStart = shared[TEXT.id]!;
    this.idEnd = shared[TEXT.id + 1]!;
    this.keyStart = shared[TEXT.partition_key]!;
    this.keyEnd = shared[TEXT.partition_key + 1]!;
    this.copies = copies;
    this.words = words;
    this.at = at;
    this.items = items;
  }

  get line(): string {
    return this.bytes.toString("utf8", this.start, this.end);
  }

  get id(): string {
    return this.texts.toString("utf8", this.idStart, this.idEnd);
  }

  get partition_key(): string {
    return this.texts.toString("utf8", this.keyStart, this.keyEnd);
  }

  get tenant_id(): string {
    return this.kind.tenant_id;
  }
}

/** A line that can never be forwarded. */
export interface Unreadable {
  line: string;
  /** A code: `undecodable_pack`, `invalid_envelope`, or `poison_message`. */
  code: string;
  /** What was expected. */
  message: string;
  tenant_id: string;
  /** Envelopes that it stands for, where it is a whole message that was not taken apart. */
  envelopes?: number;
}

/** A line of a message. */
export type Line = Readable | Unreadable;
