/** Reads from a PromQL expression what it names. Not a parser: what our own rules and panels use. */

const WORDS = new Set([
  "and",
  "or",
  "unless",
  "by",
  "without",
  "on",
  "ignoring",
  "group_left",
  "group_right",
  "offset",
  "bool",
  "inf",
  "nan",
]);

/** Names of metrics and recorded rules, and of labels in matchers and groupings, without repeats. */
export function namesIn(expr: string): { metrics: string[]; labels: string[] } {
  const labels = new Set<string>();
  const rest = expr
    .replaceAll(/\{([^{}]*)\}/g, (_, matchers: string) => {
      for (const [, label = ""] of matchers.matchAll(/(\w+)\s*[=!]~?\s*"/g)) labels.add(label);
      return "";
    })
    .replaceAll(/\[[^\]]*\]|\boffset\s+\w+/g, "")
    .replaceAll(/\b(?:by|without|on|ignoring)\s*\(([^()]*)\)/g, (_, list: string) => {
      for (const label of list.split(",")) labels.add(label.trim());
      return "";
    });
  const metrics = [...rest.matchAll(/[a-zA-Z_:][\w:]*(?!\s*\()\b(?!\s*\()/g)].map(([name]) => name);
  return { metrics: [...new Set(metrics)].filter((name) => !WORDS.has(name.toLowerCase())), labels: [...labels] };
}
