/** The words of a name, by hand: a batch may carry a hundred thousand names, and a regular expression for each would be most of its cost. */

/** The words of a name run together in lower case, without numbers: `userEmail2`, `user-email` and `user[email]` are `useremail`. */
export function joined(name: string): string {
  let whole = "";
  eachEnding(name, (ending) => (whole = ending), Infinity);
  return whole;
}

/**
 * Visits the last word of a name, the last two, the last three, run together in lower case: of `billing.userEmail2` `email`, `useremail`,
 * `billinguseremail`. Ends with the first that is longer than `longest`, of which it shows the end.
 */
export function eachEnding(name: string, visit: (ending: string) => void, longest: number): void {
  let ending = "";
  for (let at = name.length; at > 0 && ending.length <= longest;) {
    while (at > 0 && !isLetter(name.charCodeAt(at - 1))) at--;
    const end = at;
    while (at > 0 && end - at <= longest && isLetter(name.charCodeAt(at - 1)) && (at === end || !isNewWord(name, at, end))) at--;
    if (at === end) return;
    ending = name.slice(at, end).toLowerCase() + ending;
    visit(ending);
  }
}

/** The last two letters of a name as one number, whatever stands between and behind them. */
export function tailOf(name: string): number {
  let tail = 0;
  for (let at = name.length - 1, left = 2; at >= 0 && left > 0; at--) {
    const code = name.charCodeAt(at);
    if (!isLetter(code)) continue;
    tail = (tail << 16) | (isCapital(code) ? code | 32 : code);
    left--;
  }
  return tail;
}

/** True where a word begins at `at`, which has a letter before it: `user|Email`, `API|Key`. */
function isNewWord(name: string, at: number, end: number): boolean {
  if (!isCapital(name.charCodeAt(at))) return false;
  return !isCapital(name.charCodeAt(at - 1)) || (at + 1 < end && !isCapital(name.charCodeAt(at + 1)));
}

function isCapital(code: number): boolean {
  return code > 64 && code < 91;
}

/** What is not ASCII counts as one: names in other scripts are the caller's own. */
function isLetter(code: number): boolean {
  return isCapital(code) || (code > 96 && code < 123) || code > 127;
}
