/** What follows the name: `%40` is `@` in a URL. No package with its version, as `react@18.3.1`: a top-level domain has no digits. */
const AT_DOMAIN = /(?:@|%40)(?:[\p{L}\p{N}-]{1,63}\.){1,8}(?:xn--[\p{L}\p{N}-]{1,59}|\p{L}{2,63})/giu;

/** What ends a name to its left: RFC 5322 allows some of these, but in URLs and lists they stand beside addresses. */
const OUTSIDE = /[\s@<>()[\]",;:=&?/\\#]/;

/** The text with `[email]` in the place of each e-mail address. Goes over it once. */
export function hideEmails(text: string): string {
  let clean = "";
  let from = 0;
  for (const { 0: domain, index } of text.matchAll(AT_DOMAIN)) {
    let start = index;
    while (start > from && !OUTSIDE.test(text.charAt(start - 1))) start--;
    if (start === index) continue;
    clean += `${text.slice(from, start)}[email]`;
    from = index + domain.length;
  }
  return clean + text.slice(from);
}
