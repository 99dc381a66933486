import type { KeyRule } from "./create-key-rule.ts";
import { hidePersonal } from "./find-personal.ts";
import { hideParameters, REDACTED } from "./hide-parameters.ts";
import { isIpv6 } from "./is-ipv6.ts";

// All expressions look at a few dozen characters at most from any place on: time grows with the length of the text and no faster.

const OCTET = String.raw`(?:25[0-5]|2[0-4]\d|1?\d?\d)`;
/** Not what has a letter before it: `v1.2.3.4` is a version. */
const IPV4 = new RegExp(String.raw`(?<![\w.])(?:${OCTET}\.){3}${OCTET}(?!\.?\d|\w)`, "g");
/** What may be one: addresses that are given out begin with a group of four digits, 2 or 3 or f first. */
const IPV6 = /(?<![\w:.])[23f][\da-f]{3}(?::[\da-f]{0,4}){2,7}(?![\w:])/gi;

/** Makes the function that scrubs a text; `patterns` are taken out first, then the values of URL parameters that `ruleOf` redacts. */
export function createTextScrubber(patterns: readonly RegExp[], ruleOf: KeyRule): (text: string) => string {
  const own = patterns.map((pattern) => new RegExp(pattern, `${pattern.flags.replaceAll(/[gy]/g, "")}g`));

  return function scrubText(text) {
    let clean = own.reduce((rest, pattern) => rest.replace(pattern, REDACTED), text);
    if (/[=%]/.test(clean)) clean = hideParameters(clean, ruleOf);
    clean = hidePersonal(clean, (kind) => `[${kind}]`);
    if (!/\d[.:]/.test(clean)) return clean;
    return clean.replace(IPV4, "[ip]").replace(IPV6, (found) => (isIpv6(found) ? "[ip]" : found));
  };
}
