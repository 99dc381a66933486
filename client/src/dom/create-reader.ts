const TEXT = /^[^]{1,256}$/;

/** What each attribute takes, by its name after `data-sl-`; the same that the collector does. */
export const RULES = {
  surface: /^(?=.{1,128}$)[\w-]+(\.[\w-]+)*$/,
  request: /^[\w-]{8,64}$/,
  item: TEXT,
  position: /^[1-9]\d*$/,
  placement: TEXT,
  outcome: /^[a-z]\w*$/,
};

/** Reads an attribute of an element, or takes `otherwise` where it is not there; null for a value that is none it takes. */
export type Reader = (element: Element, name: keyof typeof RULES, otherwise?: string) => string | null | undefined;

/** A reader that warns on the console of a wrong value, once for each attribute. */
export function createReader(): Reader {
  const warned = new Set<string>();
  return (element, name, otherwise) => {
    const value = element.getAttribute(`data-sl-${name}`) ?? otherwise;
    const rule = RULES[name];
    if (value === undefined || rule.test(value)) return value;
    if (!warned.has(name)) console.warn(`[sightline] data-sl-${name}: ${rule} was expected, got "${value}"`, element);
    warned.add(name);
    return null;
  };
}
