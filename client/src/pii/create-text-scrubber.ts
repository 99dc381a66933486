import type { KeyRule } from "./create-key-rule.ts";
import { hideCards } from "./hide-cards.ts";
import { hideEmails } from "./hide-emails.ts";
import { hideParameters, REDACTED } from "./hide-parameters.ts";
import { isIpv6 } from "./is-ipv6.ts";

// All expressions look at a few dozen characters at most from any place on: time grows with the length of the text and no faster.

const OCTET = String.raw`(?:25[0-5]|2[0-4]\d|1?\d?\d)`;
/** Not what has a letter before it: `v1.2.3.4` is a version. */
const IPV4 = new RegExp(String.raw`(?<![\w.])(?:${OCTET}\.){3}${OCTET}(?!\.?\d|\w)`, "g");
/** What may be one: addresses that are given out begin with a group of four digits, 2 or 3 or f first. */
const IPV6 = /(?<![\w:.])[23f][\da-f]{3}(?::[\da-f]{0,4}){2,7}(?![\w:])/gi;

/** As people write them: with a country code, in groups of three and four, in pairs. Digits alone are ids. */
const PHONES = [
  /(?<![\w+])(?:\+|00(?=[1-9]\d{0,2}[ .-]))[1-9](?:[ ().-]{0,3}\d){6,14}(?!\w)/g,
  /(?<![\w+.-])(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])/g,
  /(?<![\w+.-])0\d(?:[ .-]\d\d){4}(?![\w-])/g,
];

/** Makes the function that scrubs a text; `patterns` are taken out first, then the values of URL parameters that `ruleOf` redacts. */
export function createTextScrubber(patterns: readonly RegExp[], ruleOf: KeyRule): (text: string) => string {
  const own = patterns.map((pattern) => new RegExp(pattern, `${pattern.flags.replaceAll(/[gy]/g, "")}g`));

  return function scrubText(text) {
    let clean = own.reduce((rest, pattern) => rest.replace(pattern, REDACTED), text);
    // Most texts have none of the characters that all of these have.
    if (/[=%]/.test(clean)) clean = hideParameters(clean, ruleOf);
    if (/[@%]/.test(clean)) clean = hideEmails(clean);
    if (!/\d.*\d/s.test(clean)) return clean;
    clean = hideCards(clean).replace(IPV4, "[ip]");
    clean = clean.replace(IPV6, (found) => (isIpv6(found) ? "[ip]" : found));
    return PHONES.reduce((rest, pattern) => rest.replace(pattern, "[phone]"), clean);
  };
}
