// @ts-check
// Elements. Values reach the page as text only, never as markup.

/** @param {string} id */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * An element with attributes and children.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/**
 * The same of SVG.
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {...Node} children
 */
export function makeSvg(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/**
 * Sets the text where it is another one: a status that is set again is read aloud again.
 * @param {string} id @param {string} text
 */
export function say(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Fills a list, or shows in its place that it is empty.
 * @param {string} id @param {Node[]} children
 */
export function fill(id, children) {
  byId(id).replaceChildren(...children);
  byId(id).hidden = children.length === 0;
  const empty = document.getElementById(`${id}-empty`);
  if (empty) empty.hidden = children.length > 0;
}
