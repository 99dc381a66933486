const EMAIL = /[^\s@]@[^\s@]+\.[^\s@]/;

/**
 * Numbers as people write them: with a country code (`+31 6 1234 5678`), in groups of three and four (`(555) 123-4567`), in pairs
 * (`06 12 34 56 78`). Digits alone are left: they are what most ids look like.
 */
const PHONES = [/^\+\d[\d ().-]{6,18}\d$/, /^(\+?1[ .-]?)?(\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}$/, /^0\d([ .-]\d\d){4}$/];

/** True for a text that holds an e-mail address, or is a phone number. */
export function looksPersonal(text: string): boolean {
  const trimmed = text.trim();
  return EMAIL.test(trimmed) || PHONES.some((phone) => phone.test(trimmed));
}
