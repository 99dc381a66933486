import type { Find } from "./kinds.ts";

/** Digits in groups, as many as the shortest number has or more. */
const RUN = /(?<!\d[ .+-]{0,2})\d(?:[ .+-]{0,2}\d){13,}/g;

/**
 * First digits and lengths that issuers give: Visa, Mastercard, American Express, Diners Club, JCB, Discover, UnionPay, Maestro. Others that
 * pass Luhn by chance, as one number in ten does, are ids and times.
 */
const ISSUED =
  /^(?:(?:4\d{3}|5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720|35(?:2[89]|[3-8]\d)|6(?:011|4[4-9]\d|5\d\d|304|759|76[1-3])|50(?:18|20|38)|5893)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|62\d{14,17})$/;

const SHORTEST = 14;
const LONGEST = 19;

/** A group of digits: where it stands in the run, and which of its digits it has. */
interface Group {
  from: number;
  to: number;
  first: number;
  after: number;
}

/** Finds numbers of payment cards, whatever other numbers stand around them. */
export const findCards: Find = (text, found) => {
  RUN.lastIndex = 0;
  for (let match = RUN.exec(text); match; match = RUN.exec(text)) {
    const { 0: run, index } = match;
    const isWord = [isLetter(text.charCodeAt(index - 1)), isLetter(text.charCodeAt(index + run.length))] as const;
    cardsIn(run, isWord, (from, to) => found("card", index + from, index + to));
  }
};

/** True for a number that is one of a payment card. Without a list of places: a batch may be numbers and nothing else. */
export function isCardNumber(number: number): boolean {
  const text = number > 1e13 ? String(number) : "";
  if (!ISSUED.test(text)) return false;
  let sum = 0;
  for (let at = 1; at <= text.length; at++) {
    const digit = text.charCodeAt(text.length - at) - 48;
    sum += at % 2 === 1 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

/** Reports what of a run makes a card's number. `isWord` says whether a letter stands before it, and behind: then it is part of an id. */
function cardsIn(run: string, isWord: readonly [boolean, boolean], found: (from: number, to: number) => void): void {
  if (!/[2-6]\d{3}/.test(run)) return;
  const { digits, groups, sums } = partsOf(run);
  const mayBegin = (group: Group): boolean => (group.from === 0 ? !isWord[0] : run[group.from - 1] !== ".");
  const mayEnd = (group: Group): boolean => (group.to === run.length ? !isWord[1] : run[group.to] !== ".");
  // The digits of even places doubled, or those of odd places: as the last one is not.
  const isRight = (first: number, after: number): boolean =>
    ((sums[after % 2]?.[after] ?? 0) - (sums[after % 2]?.[first] ?? 0)) % 10 === 0;

  for (let at = 0; at < groups.length; at++) {
    const head = groups[at] as Group;
    if (head.after - head.first < 4 || !mayBegin(head)) continue;
    for (let last = at; last < groups.length; last++) {
      const { to, after } = groups[last] as Group;
      const length = after - head.first;
      if (length > LONGEST) break;
      if (length < SHORTEST || !isRight(head.first, after) || !mayEnd(groups[last] as Group)) continue;
      if (!ISSUED.test(digits.slice(head.first, after))) continue;
      found(head.from, to);
      at = last;
      break;
    }
  }
}

/** The digits of a run, its groups, and Luhn's sums (ISO/IEC 7812-1) of the digits before each place: with even places doubled, and with odd ones. */
function partsOf(run: string): { digits: string; groups: Group[]; sums: [number[], number[]] } {
  const groups: Group[] = [];
  const sums: [number[], number[]] = [[0], [0]];
  let digits = "";
  for (let from = 0, to = 0; from < run.length; from = to + 1) {
    for (to = from; isDigit(run.charCodeAt(to)); to++) {
      const place = digits.length + to - from;
      const digit = run.charCodeAt(to) - 48;
      const doubled = digit > 4 ? digit * 2 - 9 : digit * 2;
      for (const parity of [0, 1] as const)
        sums[parity].push((sums[parity][place] ?? 0) + (place % 2 === parity ? doubled : digit));
    }
    if (to > from) groups.push({ from, to, first: digits.length, after: digits.length + to - from });
    digits += run.slice(from, to);
  }
  return { digits, groups, sums };
}

function isDigit(code: number): boolean {
  return code > 47 && code < 58;
}

function isLetter(code: number): boolean {
  return (code | 32) > 96 && (code | 32) < 123;
}
