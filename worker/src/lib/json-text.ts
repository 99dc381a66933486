/** What a JSON string must escape, and surrogates: most texts have none of it. */
const ODD = /["\\\u0000-\u001f\ud800-\udfff]/;
const ESCAPED = /["\\\u0000-\u001f]/;

/** A string as JSON, the same text as JSON.stringify's: most strings need no escaping, and a look is cheaper than the call. */
export function stringText(text: string): string {
  if (!ODD.test(text)) return `"${text}"`;
  return ESCAPED.test(text) || !text.isWellFormed() ? JSON.stringify(text) : `"${text}"`;
}

/** No NUL, which ends strings in many readers of a bus, and no half of a surrogate pair, which UTF-8 cannot encode. */
export function isSound(text: string): boolean {
  return !SUSPECT.test(text) || (!text.includes("\0") && text.isWellFormed());
}

/** What only an unsound text has, and texts with whole pairs: one look, where the rules are two calls. */
// oxlint-disable-next-line no-control-regex
const SUSPECT = /[\0\ud800-\udfff]/;
