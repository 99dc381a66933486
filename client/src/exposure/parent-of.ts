/** The element around it as it is laid out: through slots and out of shadow roots. */
export const parentOf = (element: Element): Element | null | undefined =>
  element.assignedSlot ?? element.parentElement ?? (element.getRootNode() as ShadowRoot).host;
