/** When an item counts as seen. */
export interface Viewability {
  /** Share of the item's pixels that must be in the viewport, above 0 and at most 1. @default 0.5 */
  threshold: number;
  /** For how long without a break, in milliseconds. @default 1000 */
  ms: number;
  /** Area from which an item is large, in square CSS pixels. @default 242500 */
  largeArea: number;
  /** Share that suffices for a large item, above 0 and at most 1. @default 0.3 */
  largeThreshold: number;
  /** Where the browser can (IntersectionObserver v2), an item that is covered or transparent is not seen. It costs computing time. @default false */
  trackVisibility: boolean;
}
