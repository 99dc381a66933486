/** The ancestors that cut an element off at their edge: scrollers, and what hides its overflow. Over the edge of shadow roots, too. */
export function findClippers(element: Element): Element[] {
  const clippers: Element[] = [];
  for (let node = parentOf(element); node; node = parentOf(node)) {
    // What the root and the body have is the viewport's.
    if (node !== document.body && node.parentNode !== document && getComputedStyle(node).overflow !== "visible")
      clippers.push(node);
  }
  return clippers;
}

function parentOf(element: Element): Element | null {
  const root = element.getRootNode();
  return element.assignedSlot ?? element.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}
