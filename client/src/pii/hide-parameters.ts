import type { KeyRule } from "./create-key-rule.ts";

/** What stands in the place of a value whose name says that it is personal or secret. */
export const REDACTED = "[redacted]";

/**
 * The name of a parameter: in the query or the fragment of a URL, also of one that is itself the value of another and so encoded, or in a query
 * that stands alone.
 */
const NAME = /(?:^|[?&#;\s]|%3F|%26|%23)((?:[^=&#?;%\s]|%5B|%5D){1,64})(?:=|%3D)/gi;

const VALUE = /(?:(?!%26|%23)[^&#\s"'<>])+/iy;

/** The text with the values of those URL parameters redacted of which the rule says so. Goes over it once. */
export function hideParameters(text: string, ruleOf: KeyRule): string {
  let clean = "";
  let from = 0;
  for (const { 0: before, 1: name = "", index } of text.matchAll(NAME)) {
    const at = index + before.length;
    if (index < from || ruleOf(decoded(name)) !== "redact") continue;
    VALUE.lastIndex = at;
    const value = VALUE.exec(text)?.[0];
    if (!value) continue;
    clean += text.slice(from, at) + REDACTED;
    from = at + value.length;
  }
  return clean + text.slice(from);
}

const decoded = (name: string): string => name.replaceAll(/%5[BD]/gi, " ");
