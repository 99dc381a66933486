/**
 * Text of events as it can be shown on a terminal: control characters, and those that turn the direction of writing, as JSON writes
 * them. What comes from a browser must not move a cursor or forge a line.
 */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what must go
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, escape);
}

/** The same of several lines, with a newline at the end. */
export function printableLines(text: string): string {
  return `${text.split("\n").map(printable).join("\n")}\n`;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
