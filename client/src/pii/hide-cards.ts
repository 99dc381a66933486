import { isCardNumber } from "./is-card-number.ts";

/** Groups of digits; no decimals. */
const RUN = /(?<![\d.])\d+(?:[ -]\d+)*(?!\d|\.\d)/g;

/** Digits of the longest card number. */
const LONGEST = 19;

/** The text with `[card]` in the place of each number of a payment card, whatever other numbers stand around it. */
export function hideCards(text: string): string {
  return text.replace(RUN, (run) => (run.length < 13 ? run : hideInRun(run)));
}

function hideInRun(run: string): string {
  const groups = run.split(/([ -])/);
  let clean = "";
  for (let from = 0; from < groups.length; from++) {
    const end = /^[2-6]/.test(groups[from] ?? "") ? cardEnd(groups, from) : -1;
    clean += end < 0 ? groups[from] : "[card]";
    if (end > from) from = end;
  }
  return clean;
}

/** The last of the groups that from `from` on make a card's number; -1 where none do. Every other group is a separator. */
function cardEnd(groups: readonly string[], from: number): number {
  let digits = "";
  for (let to = from; to < groups.length && digits.length < LONGEST; to += 2) {
    digits += groups[to];
    if (isCardNumber(digits)) return to;
  }
  return -1;
}
