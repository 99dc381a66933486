/** The collector's own rule for `unit_id` (worker/src/lib/looks-personal.ts); a test holds the two together. */
const EMAIL = /[^\s@]@[^\s@]+\.[^\s@]/;
const PHONES = [/^\+\d[\d ().-]{6,18}\d$/, /^(\+?1[ .-]?)?(\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}$/, /^0\d([ .-]\d\d){4}$/];

/** True for an id that the collector refuses as `pii_detected`: it holds an e-mail address, or is a phone number. */
export function looksPersonal(id: string): boolean {
  const trimmed = id.trim();
  return EMAIL.test(trimmed) || PHONES.some((phone) => phone.test(trimmed));
}
