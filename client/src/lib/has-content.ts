const MEDIA = "img,picture,video,canvas,svg,iframe,object,embed,input";

/**
 * True for an element that shows something: text, a picture or other media, and no `aria-busy`. A skeleton shows boxes alone. What a
 * custom element draws cannot be looked into where its shadow root is closed: it is taken to show something.
 */
export function hasContent(element: Element): boolean {
  return (
    !element.closest("[aria-busy=true]") &&
    (/\S/.test(element.textContent ?? "") ||
      element.localName.includes("-") ||
      element.matches(MEDIA) ||
      element.querySelector(MEDIA) !== null ||
      getComputedStyle(element).backgroundImage.includes("url"))
  );
}
