import { childrenOf } from "./children-of.ts";

/** What draws something, or has a name for what it shows: a swatch is a mere box of colour, and so is a skeleton. */
const DRAWN = "img,picture,video,canvas,iframe,object,embed,input,textarea,[aria-label],[role=img],[title]";

/** `content` of a pseudo-element that has none, or nothing but space: a shimmer. */
const BLANK = /^(none|normal|"\s*")$/;

/** What a skeleton says of itself. */
const BUSY = "[aria-busy=true]";

/** True for a skeleton that says so, and for all within it. */
export const isBusy = (element: Element): unknown => element.closest(BUSY);

/**
 * True for an element in which the user can see something: text, a picture or other media, and no `aria-busy`. A skeleton shows boxes
 * alone. What a custom element draws cannot be looked into where its shadow root is closed: it is taken to show something.
 */
export const hasContent = (element: Element): boolean => !isBusy(element) && shows(element);

function shows(element: Element): boolean {
  const { display, visibility, contentVisibility } = getComputedStyle(element);
  if (display === "none" || contentVisibility === "hidden" || element.matches(BUSY)) return false;
  // Within what is hidden a child may be visible.
  return (visibility === "visible" && draws(element)) || childrenOf(element).some(shows);
}

const draws = (element: Element): boolean =>
  [...element.childNodes].some(({ nodeType, nodeValue }) => nodeType === 3 && /\S/.test(nodeValue!)) ||
  element.localName.includes("-") ||
  // Of SVG each shape is an element.
  "ownerSVGElement" in element ||
  element.matches(DRAWN) ||
  [undefined, "::before", "::after"].some((part) => {
    const { backgroundImage, maskImage, content } = getComputedStyle(element, part);
    const isThere = !part || !content.startsWith("no");
    return isThere && (/url/.test(backgroundImage + maskImage) || !BLANK.test(content));
  });
