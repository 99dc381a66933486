const TEXT = /^[^]{1,256}$/;

/** What each attribute takes: what the collector does, which is stricter on where the dots of a surface stand and on positions of ten digits. */
export const RULES = {
  "data-sl-surface": /^[\w.-]{1,128}$/,
  "data-sl-request": /^[\w-]{8,64}$/,
  "data-sl-item": TEXT,
  "data-sl-position": /^[1-9]\d{0,9}$/,
  "data-sl-placement": TEXT,
  "data-sl-outcome": /^[a-z]\w*$/,
};

/** Reads an attribute of an element, or takes `otherwise` where it is not there; null for a value that is none it takes. */
export type Reader = (element: Element, name: keyof typeof RULES, otherwise?: string) => string | null | undefined;

/** A reader that warns on the console of a wrong value, once for each attribute. */
export function createReader(): Reader {
  const warned = new Set<string>();
  return (element, name, otherwise) => {
    const value = element.getAttribute(name) ?? otherwise;
    const rule = RULES[name];
    if (value === undefined || rule.test(value)) return value;
    if (!warned.has(name)) console.warn(`[sightline] ${name}: expected ${rule}, got "${value}"`, element);
    warned.add(name);
    return null;
  };
}
