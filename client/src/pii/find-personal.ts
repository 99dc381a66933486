/**
 * THE MATCHER of personal data by its form, of the SDK's scrubber and of the collector: e-mail addresses, phone numbers, numbers of payment
 * cards and of bank accounts, JSON web tokens. It knows forms, not meanings: test/client/pii/corpus.test.ts says how often it is right.
 *
 * All expressions look at a few dozen characters at most from any place on: time grows with the length of a text and no faster.
 */
import { findCards } from "./find-cards.ts";
import { findEmails } from "./find-emails.ts";
import { findIbans } from "./find-ibans.ts";
import { findPhones } from "./find-phones.ts";
import { foldText } from "./fold-text.ts";
import type { Find, Kind } from "./kinds.ts";

/** A place in a text. */
export interface Span {
  kind: Kind;
  from: number;
  /** Exclusive. */
  to: number;
}

/** Of `a@b.co` and of the shortest phone number. */
const SHORTEST = 6;
const NUMBER = /\d[-\d ().+/]{5,}\d/;
/** Most texts have nothing of this, and are not looked at any more: a sign of an address, of a token, a number however it is written. */
const MAYBE =
  /[@%\uff20]|eyJ|[\d\u0660-\u0669\u06f0-\u06f9\uff10-\uff19][-\d ().+/\u0660-\u0669\u06f0-\u06f9\uff01-\uff19\u00a0\u00ad\u2000-\u2015\u202f-\u2060\u2212\u3000\ufe63\ufeff]{6,}/;
/** Header, payload and signature, each as base64url; the first two are JSON objects. An encrypted token has more parts. */
const JWT = /(?<![\w-])eyJ[\w-]{7,}\.(?:eyJ[\w-]{4,}\.(?!json\b|min\b)[\w-]*|[\w-]*\.[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,})/g;

const findTokens: Find = (text, found) => {
  JWT.lastIndex = 0;
  for (let match = JWT.exec(text); match; match = JWT.exec(text)) found("jwt", match.index, JWT.lastIndex);
};

/** What of a text is personal, in the order of its places; they do not overlap. Empty where nothing is. */
export function findPersonal(text: string): Span[] {
  if (text.length < SHORTEST || !MAYBE.test(text)) return [];
  const { text: folded, place } = foldText(text);
  const spans: Span[] = [];
  const found = (kind: Kind, from: number, to: number): void => {
    spans.push({ kind, from: place(from), to: place(to) });
  };
  if (folded.includes("eyJ")) findTokens(folded, found);
  if (folded.includes("@")) findEmails(folded, found);
  if (NUMBER.test(folded)) for (const find of [findIbans, findCards, findPhones]) find(folded, found);
  return spans.length > 1 ? apart(spans) : spans;
}

/** True for a text that has something personal in it. */
export function isPersonal(text: string): boolean {
  return findPersonal(text).length > 0;
}

/** Without those that begin in another: the one that began first is kept, of two the one of the kind that was looked for first. */
function apart(spans: Span[]): Span[] {
  let end = 0;
  spans.sort((one, other) => one.from - other.from);
  return spans.filter(({ from, to }) => from >= end && (end = to) > 0);
}

/** The text with a mark in the place of each find; one that has none is left. */
export function hidePersonal(text: string, mark: (kind: Kind) => string | undefined): string {
  let clean = "";
  let after = 0;
  for (const { kind, from, to } of findPersonal(text)) {
    clean += text.slice(after, from) + (mark(kind) ?? text.slice(from, to));
    after = to;
  }
  return after === 0 ? text : clean + text.slice(after);
}
