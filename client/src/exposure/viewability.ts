import { TIMER_MAX, type Declared } from "../lib/number-option.ts";

/** When an item counts as seen. */
export interface Viewability {
  /** Share of the item's pixels that must be in the viewport, from 0, any of them, to 1. @default 0.5 */
  threshold: number;
  /** For how long without a break, in milliseconds. @default 1000 */
  ms: number;
  /** Area from which an item is large, in square CSS pixels. @default 242500 */
  largeArea: number;
  /** Share that suffices for a large item, from 0 to 1. @default 0.3 */
  largeThreshold: number;
  /** Where the browser can (IntersectionObserver v2), an item that is covered or transparent is not seen. It costs computing time. @default false */
  trackVisibility: boolean;
}

/** What holds where nothing else is asked for: the MRC/IAB display rule. */
export const VIEWABILITY: Declared<Viewability> = {
  threshold: [0.5, "", 0, 1],
  ms: [1_000, "ms", 0, TIMER_MAX],
  largeArea: [242_500, "px²", 0, Infinity],
  largeThreshold: [0.3, "", 0, 1],
  trackVisibility: false,
};
