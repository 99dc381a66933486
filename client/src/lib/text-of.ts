/** What a page writes for an id that it does not have, a blank or what nobody sees at an end, or a control or bidi character: the collector refuses them. */
const NONE =
  // oxlint-disable-next-line no-misleading-character-class
  /^(undefined|null|NaN|\[object Object\]|)$|^[\s\u00ad\u115f\u1160\u180e\u200b-\u200d\u2060-\u2064\u2800\u3164\uffa0]|[\s\u00ad\u115f\u1160\u180e\u200b-\u200d\u2060-\u2064\u2800\u3164\uffa0]$|[\p{Cc}\p{Bidi_C}\u2028\u2029]/u;

/** An id as text, or undefined where it is none. A number's text is its id. */
export function textOf(id: unknown): string | undefined {
  const text = typeof id === "number" ? `${id}` : id;
  return typeof text === "string" && !NONE.test(text) ? text : undefined;
}
