import type { Find } from "./kinds.ts";

/** Characters of an account number of each country, by the SWIFT registry of IBANs. */
const LENGTHS = new Map(
  (
    "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28" +
    "HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29" +
    "PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30"
  )
    .match(/[A-Z]+\d+/g)
    ?.map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** A country, two check digits, and then groups of four, or all of it. */
const START = /(?<![a-z\d])([a-z]{2})\d\d(?=[ .-]?[a-z\d]{4})/gi;
const REST = /(?:[ .-]?[a-z\d]){11,31}/iy;

/** Finds international bank account numbers: of a country's length, and right by mod 97 (ISO 13616). */
export const findIbans: Find = (text, found) => {
  START.lastIndex = 0;
  for (let match = START.exec(text); match; match = START.exec(text)) {
    const length = LENGTHS.get((match[1] ?? "").toUpperCase());
    const to = length === undefined ? 0 : endOf(text, START.lastIndex, length - 4);
    if (to === 0 || !isRight(text.slice(match.index, to))) continue;
    found("iban", match.index, to);
    START.lastIndex = to;
  }
};

/** Where so many letters and digits end from `from` on, groups parted or not; 0 where they do not end a word. */
function endOf(text: string, from: number, count: number): number {
  REST.lastIndex = from;
  const rest = REST.exec(text)?.[0] ?? "";
  let at = 0;
  for (let left = count; left > 0; at++) {
    if (at === rest.length) return 0;
    if (isAlphanumeric(rest.charCodeAt(at))) left--;
  }
  return isAlphanumeric(text.charCodeAt(from + at)) ? 0 : from + at;
}

/** True where the number, its first four characters last, and A counted as 10, leaves 1 by 97. */
function isRight(iban: string): boolean {
  const characters = iban.replaceAll(/[ .-]/g, "");
  let rest = 0;
  for (let at = 4; at < characters.length + 4; at++) {
    const code = characters.charCodeAt(at % characters.length);
    const value = code < 58 ? code - 48 : (code & 31) + 9;
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

function isAlphanumeric(code: number): boolean {
  return (code > 47 && code < 58) || ((code | 32) > 96 && (code | 32) < 123);
}
