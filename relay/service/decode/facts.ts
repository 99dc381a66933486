/** What the relay looks at of an envelope: its texts in UTF-8, by where they begin and end. */
import { type ItemTexts, SHARED } from "../../state/keys.ts";

/** Where in {@link Facts.shared} a text's place is: its beginning, and behind it its end. */
export const TEXT = {
  ...SHARED,
  id: 10,
  type: 12,
  trace_id: 14,
  surface: 16,
  partition_key: 18,
  content_hash: 20,
  tenant_id: 22,
  key_kind: 24,
  schema: 26,
} as const;

const TEXTS = 14;
/** Items for which there is room at first. */
const ITEMS = 64;

/** The texts of an envelope; used again for the next. A text that is empty, or is none, begins and ends at the same place. */
export class Facts implements ItemTexts {
  /** What the places are of: the envelope's own bytes, or, where it has escapes or is spelled otherwise, its texts alone. */
  bytes: Buffer = Buffer.alloc(0);
  readonly shared = new Int32Array(TEXTS * 2);
  items = new Int32Array(ITEMS * 4);
  count = 0;
  /** `metadata.copies`; 1 where there is none. */
  copies = 1;
  hasPayload = false;

  /** Forgets all. */
  clear(bytes: Buffer): void {
    this.bytes = bytes;
    this.shared.fill(0);
    this.count = 0;
    this.copies = 1;
    this.hasPayload = false;
  }

  /** Whether a text is there. */
  has(text: number): boolean {
    return this.shared[text]! < this.shared[text + 1]!;
  }

  text(text: number): string {
    return this.bytes.toString("utf8", this.shared[text], this.shared[text + 1]);
  }

  set(text: number, start: number, end: number): void {
    this.shared[text] = start;
    this.shared[text + 1] = end;
  }

  /** Adds an item by the places of its item_id and its placement. */
  addItem(idStart: number, idEnd: number, placementStart: number, placementEnd: number): void {
    if ((this.count + 1) * 4 > this.items.length) {
      const more = new Int32Array(this.items.length * 2);
      more.set(this.items);
      this.items = more;
    }
    const at = this.count++ * 4;
    this.items[at] = idStart;
    this.items[at + 1] = idEnd;
    this.items[at + 2] = placementStart;
    this.items[at + 3] = placementEnd;
  }
}
