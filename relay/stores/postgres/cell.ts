/** A value of an envelope as the text of its column in COPY's own format; what the column cannot hold is refused before Postgres sees it. */

import { numberOf } from "../columns/number-of.ts";

/** A value is not what its column holds; the message says what was expected, and not what was got. */
export class CellError extends Error {
  override readonly name = "CellError";
}

/** Makes the text of a value that is there. Throws a {@link CellError}. */
export type ToText = (value: unknown) => string;

/** NULL in COPY's text format. */
export const NULL = String.raw`\N`;

/** With a zone always, or the session's would decide. */
const TIME = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)\d*(Z|[+-]\d\d:?\d\d)$/;
const INTEGER_MOST = 2 ** 31;

/** By the column's type in Postgres. */
export const TO_TEXT: Readonly<Record<string, ToText>> = {
  text(value) {
    if (typeof value !== "string") throw new CellError("expected text");
    return value;
  },
  bigint(given) {
    const value = numberOf(given);
    if (typeof value !== "bigint" && !Number.isSafeInteger(value)) throw new CellError("expected a whole number of at most 2^53");
    return String(value);
  },
  integer(value) {
    if (!isInteger(value)) throw new CellError("expected a whole number of 32 bits");
    return String(value);
  },
  "double precision"(given) {
    const value = numberOf(given);
    if (typeof value !== "number" || !Number.isFinite(value)) throw new CellError("expected a number");
    return String(value);
  },
  timestamptz(value) {
    const [, time, zone] = TIME.exec(String(value)) ?? [];
    if (time === undefined) throw new CellError("expected a time such as 2026-01-01T10:00:00.123Z");
    // Cut, as DuckDB does: Postgres rounds nanoseconds, and so the last of a day into the next.
    return time + zone;
  },
  jsonb: (value) => JSON.stringify(value),
};

/** Whether a number fits into 32 bits. */
export function isInteger(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= -INTEGER_MOST && (value as number) < INTEGER_MOST;
}

/** NUL and halves of surrogate pairs, written as escapes by whoever makes JSON of them; the backslash before them is itself not escaped. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][\da-f]{2})/i;
const MAY_BE_UNSTORABLE = /\\u(?:0000|d[89a-f])/i;

/** Whether the text of a record may have characters that Postgres cannot keep: most have not, and are not looked at again. */
export function mayBeUnstorable(text: string): boolean {
  return MAY_BE_UNSTORABLE.test(text);
}

/** Throws a {@link CellError} where Postgres cannot keep a cell: NUL, or half of a surrogate pair, which would come back as another character. */
export function checkStorable(text: string, type: string): void {
  const isBad = type === "jsonb" ? UNSTORABLE.test(text) : text.includes("\0") || !text.isWellFormed();
  if (isBad) throw new CellError(String.raw`expected no \u0000 and no half of a surrogate pair, which Postgres cannot keep`);
}

const SPECIAL = /[\\\n\r\t]/;
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A cell's text as COPY reads it. */
export function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replaceAll(/[\\\n\r\t]/g, (character) => ESCAPES[character]!) : text;
}
