import type { Find } from "./kinds.ts";

/** What follows the name: labels, the last to be judged by hand; letters of all scripts. No version of a package: `pkg@1.0.0-beta.next`. */
const AT_DOMAIN =
  /@(?!\d+\.\d+(?:[.-]|(?![a-z\d-])))([a-z\d\u00aa-\u1fff\u2c00-\u2fef\u3040-\ud7ff\uf900-\ufdff-]+(?:\.[a-z\d\u00aa-\u1fff\u2c00-\u2fef\u3040-\ud7ff\uf900-\ufdff-]+)+)/gi;

/** What ends a name to its left: RFC 5322 allows some of these, but in URLs and lists they stand beside addresses. */
const OUTSIDE: ReadonlySet<string> = new Set(' \t\n\r\v\f@<>()[]",;:=&?/\\#');

/** A top-level domain has letters alone, or is an encoded one. */
const TOP_LEVEL = /(?:xn--[a-z\d-]+|[a-z\u00aa-\uffff]{2,63})/iy;

/** What files end in and no domain does: `hero@2x.png`, `style@1.2.css`. */
const FILE =
  /^(?:png|jpe?g|gif|webp|svg|avif|ico|bmp|css|s[ac]ss|less|[cm]?[jt]sx?|json|wasm|html?|xml|pdf|csv|txt|php|vue|woff2?|ttf|otf|mp[34]|webm|gz)$/i;

/** What clones a repository or copies a file has a path after the host, and a user who is nobody: `git@host:path`, `deploy@host:/srv`. */
const NOBODY = /^(?:git|hg|svn)$/i;

/** Finds e-mail addresses. Goes over the text once. */
export const findEmails: Find = (text, found) => {
  let after = 0;
  // Not matchAll, which copies the expression each time.
  AT_DOMAIN.lastIndex = 0;
  for (let match = AT_DOMAIN.exec(text); match; match = AT_DOMAIN.exec(text)) {
    const { 1: domain = "", index } = match;
    const length = lengthOfDomain(domain);
    let from = index;
    while (from > after && !OUTSIDE.has(text.charAt(from - 1))) from--;
    after = AT_DOMAIN.lastIndex;
    const to = index + 1 + length;
    if (length === 0 || from === index) continue;
    if (text[to] === ":" && /^:~?\/\w\w/.test(text.slice(to, to + 5))) continue;
    if (index - from > 3 || !NOBODY.test(text.slice(from, index))) found("email", from, to);
  }
};

/** How much of it is a domain that an address may have; 0 where none is. What follows it may have no space before: `ann@example.com.3 items`. */
function lengthOfDomain(domain: string): number {
  let end = domain.length;
  for (let dot = domain.lastIndexOf("."); dot > 0; dot = domain.lastIndexOf(".", dot - 1)) {
    const label = domain.slice(dot + 1, end);
    if (FILE.test(label)) return 0;
    TOP_LEVEL.lastIndex = 0;
    if (TOP_LEVEL.test(label)) return dot + 1 + TOP_LEVEL.lastIndex;
    end = dot;
  }
  return 0;
}
