/** Makes an element within a parent. Texts are texts: under Trusted Types nothing may be set as markup. */
export function makeElement<Tag extends keyof HTMLElementTagNameMap>(
  parent: ParentNode,
  tag: Tag,
  { text = "", ...attributes }: { text?: string; [attribute: string]: string } = {},
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  return element;
}
