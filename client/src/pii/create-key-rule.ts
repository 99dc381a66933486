import { createNameRule, nameClass } from "./name-class.ts";
import { joined } from "./name-endings.ts";

/** What is one more in the query of a URL, where names are short and values are keys to something. */
export const DENIED_IN_URLS = "sid sessionid phpsessid jsessionid key sig signature code".split(" ");

/** What becomes of a field, by its name. */
export type KeyRule = (name: string) => "redact" | "keep" | "look";

/** Makes the rule: a field of an allowed name is kept as it is, one of a denied name is redacted whole, any other is looked into. */
export function createKeyRule(keys: readonly string[], allow: readonly string[]): KeyRule {
  const isNamed = createNameRule([[true, keys]]);
  const allowed = new Set(allow.map(joined));

  return function ruleOf(name) {
    if (allowed.has(joined(name))) return "keep";
    return (nameClass(name) ?? isNamed(name)) ? "redact" : "look";
  };
}
