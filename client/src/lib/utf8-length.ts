const encoder = new TextEncoder();

/** To look costs a tenth of encoding, and most texts are. */
// oxlint-disable-next-line no-control-regex
const ASCII = /^[\0-\x7f]*$/;

/** A text in UTF-8. */
export const utf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

/** Bytes of a text in UTF-8: the wire's limits, and the browser's budget for keepalive, count these and not characters. */
export const utf8Length = (text: string): number => (ASCII.test(text) ? text.length : utf8(text).length);
