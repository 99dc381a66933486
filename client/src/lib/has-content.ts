const MEDIA = "img,picture,video,canvas,svg,iframe,object,embed,input";

/** Holds text that nobody sees. */
const UNSEEN = "style,script,template";

/**
 * True for an element that shows something: text, a picture or other media, and no `aria-busy`. A skeleton shows boxes alone. What a
 * custom element draws cannot be looked into where its shadow root is closed: it is taken to show something.
 */
export const hasContent = (element: Element): boolean => !element.closest("[aria-busy=true]") && shows(element);

function shows(element: Element): boolean {
  return (
    !element.matches(UNSEEN) &&
    (/\S/.test(element.textContent ?? "") ||
      element.localName.includes("-") ||
      element.matches(MEDIA) ||
      getComputedStyle(element).backgroundImage.includes("url") ||
      [...(element.shadowRoot?.children ?? []), ...element.children].some(shows))
  );
}
