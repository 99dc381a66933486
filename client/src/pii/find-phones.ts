import type { Find } from "./kinds.ts";

// Numbers as people write them. Digits alone are ids, unless something says that they are a phone's.

/** With a country code: `+31 6 1234 5678`, not the place `+40.7128-074.0060` of ISO 6709. */
const PLUS = String.raw`(?<![\w+])\+(?!\d{1,3}\.\d{4,}[+-])[1-9](?:[ ().\/-]{0,3}\d){7,14}(?!\w)`;
/** With two zeros for the plus, parted or not. */
const ZEROS = String.raw`(?<![\w.+-])00(?: ?[1-9]\d{0,2}[ .\/-]\(?\d(?:[ ().\/-]{0,3}\d){5,11}|1[2-9]\d\d[2-9]\d{6}|7[3-9]\d{9}|[2-689]\d{9,12})(?![\w-])`;
/** In groups of three and four: `(555) 123-4567`, `1-555-123-4567`, `555.123.4567`. */
const THREES = String.raw`(?<![\w+.-])(?:1[ .-]?)?(?:\(\d{3}\)[ .-]?\d{3}[ .-]\d{4}|[2-9]\d\d(?:([.-])\d{3}\1| \d{3}[.-])\d{4})(?![\w-]|\.\d)`;
/** In pairs: `06 12 34 56 78`. */
const PAIRS = String.raw`(?<![\w+.-]|\d )0[1-9]([ .-])\d\d(?:\2\d\d){3}(?![\w-]|[ .]\d)`;
/** Areas in their country: `020 7946 0018`, `(02) 5550 1234`, `06-12345678`. */
const AREA = String.raw`(?<![\w+.-]|\d )(?:\(0[1-9]\d{0,4}\)|06|0[1-9]\d{1,4})(?: ?\d{3,8}(?: \d{2,4}){0,2}|[\/-]\d{6,8})(?![\w-]|\.\d)`;
/** After a word that says so: `tel:0612345678`, `Phone number 202 555 0143`. */
const TOLD = String.raw`(?<![a-z])(?:tel|(?:tele)?phone|mobile|fax|call|whatsapp)[^\w+(]{1,3}(?:(?:number|no|nr|is|(?:me|us) (?:at|on))[^\w+(]{1,3})?[+(]?\d(?:[ ().\/-]{0,2}\d){6,14}(?!\w)`;

const PHONE = new RegExp([TOLD, PLUS, ZEROS, THREES, PAIRS, AREA].join("|"), "gi");
/** Three numbers that are all of the text; sizes, as `400 600 1200`, are round. */
const ALONE = /^\s*(?:1 )?(?!\d\d0 \d\d0 \d{3}0)[2-9]\d\d \d{3} \d{4}\s*$/;
/** Mobile numbers of countries that are often written without a plus: a right check digit, as one in ten has, makes no article of them. */
const MOBILE = /^00(?:(?:316|33[67]|34[67]|614|41[78]|491[5-7]\d)\d{7,8}|447\d{9})$/;

/** Finds phone numbers. */
export const findPhones: Find = (text, found) => {
  if (ALONE.test(text)) return found("phone", text.length - text.trimStart().length, text.trimEnd().length);
  PHONE.lastIndex = 0;
  for (let match = PHONE.exec(text); match; match = PHONE.exec(text)) {
    const [whole] = match;
    const at = whole.search(/[+(\d]/);
    if (at > 0 || isPhone(whole)) found("phone", match.index + at, PHONE.lastIndex);
  }
};

/** What the expressions cannot say: how many digits, and that it is no article's number (GTIN). */
function isPhone(text: string): boolean {
  if (text.startsWith("00")) return MOBILE.test(text) || !isGtin(text);
  const digits = text.replaceAll(/\D/g, "").length;
  return !/^\(?0/.test(text) || (digits > 8 && digits < 12 && /\D/.test(text));
}

/** True for 12 to 14 digits of which the last is the check digit of the others (GS1). */
function isGtin(text: string): boolean {
  if (!/^\d{12,14}$/.test(text)) return false;
  let sum = 0;
  for (let at = 1; at <= text.length; at++) sum += (text.charCodeAt(text.length - at) - 48) * (at % 2 === 0 ? 3 : 1);
  return sum % 10 === 0;
}
