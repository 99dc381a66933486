/** Elements within it, those of an open shadow root included. */
export const childrenOf = (element: Element): Element[] => [...(element.shadowRoot?.children ?? []), ...element.children];
