/** First digits and lengths that issuers give: others that pass Luhn by chance, as one number in ten does, are ids and times. */
const ISSUED = /^(4(\d{12}|\d{15}|\d{18})|(5[1-5]|2[2-7]|35)\d{14}|3[47]\d{13}|3[0689]\d{12,17}|6\d{12,18})$/;

/** True for the digits of a payment card's number: of a length that its issuer gives, and right by Luhn (ISO/IEC 7812-1). */
export function isCardNumber(digits: string): boolean {
  if (!ISSUED.test(digits)) return false;
  let sum = 0;
  for (let at = 1; at <= digits.length; at++) {
    const digit = Number(digits.at(-at)) * (at % 2 === 0 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}
