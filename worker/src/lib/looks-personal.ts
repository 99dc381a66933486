const EMAIL = /[^\s@]@[^\s@]+\.[^\s@]/;

/**
 * Numbers as people write them: with a country code (`+31 6 1234 5678`), in groups of three and four (`(555) 123-4567`), in pairs
 * (`06 12 34 56 78`). Digits alone are left: they are what most ids look like.
 */
const PHONES = [/^\+\d[\d ().-]{6,18}\d$/, /^(\+?1[ .-]?)?(\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}$/, /^0\d([ .-]\d\d){4}$/];

/** Of what no phone number has any. */
const LETTER = /[a-z_]/i;

/** True for a text that holds an e-mail address, or is a phone number: for fields that are to hold a pseudonymous id. */
export function looksPersonal(text: string): boolean {
  const trimmed = text.trim();
  if (trimmed.includes("@") && EMAIL.test(trimmed)) return true;
  return !LETTER.test(trimmed) && PHONES.some((phone) => phone.test(trimmed));
}

/** An address among other text, also as addresses of pages have it; `logo@2x.png` is none. */
const EMAIL_WITHIN = /[\w.+-](@|%40)(?!\d+x\.)[a-z\d-]+(\.[a-z\d-]+)*\.[a-z]{2,}/i;

/** True for a text that has an e-mail address in it: for fields that are the caller's own. */
export function holdsEmail(text: string): boolean {
  return EMAIL_WITHIN.test(text);
}
