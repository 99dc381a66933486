/**
 * Tells when an element has been seen: enough of its pixels in the viewport of a visible page, for long enough without a break. One
 * IntersectionObserver serves all elements; time is the observer's own (`entry.time`), not that of the callback.
 *
 * Opacity and what lies on top are seen by version 2 of IntersectionObserver alone, which is asked for by `trackVisibility`.
 */
import { clipSize } from "./lib/clip-size.ts";
import { createDwell } from "./lib/dwell.ts";
import { hasContent } from "./lib/has-content.ts";
import { neededRatio, type Size } from "./lib/needed-ratio.ts";
import type { Viewability } from "./options.ts";

/** Share of the needed ratio that suffices: the observer rounds to device pixels, and half of an element can come as 0.4999. */
const ROUNDING = 0.99;

/** Milliseconds after which an element without content is looked at again: the observer does not tell of that. */
const EMPTY_MS = 250;

/** A crossing of one of these calls the observer's callback: ten percent apart, down to the share that fits of a huge element. */
const STEPS = Array.from({ length: 64 }, (_, step) => 0.9 ** step);

/** Whom an element's visibility is told. */
export interface Watch {
  /** It is laid out, with content. */
  onRendered(): void;
  /** It was seen, and is watched no longer. */
  onSeen(): void;
  isRendered?: boolean;
  /** It is going to be looked at anew. */
  isWaiting?: boolean;
}

/** Watches with `rule`. It starts with no time counting. */
export function createVisibility(rule: Viewability) {
  const { trackVisibility } = rule;
  const watches = new WeakMap<Element, Watch>();
  let closed = false;
  const dwell = createDwell<Element>(rule.ms, check);
  const observer = new IntersectionObserver(read, {
    threshold: [0, ...STEPS, rule.threshold, rule.largeThreshold],
    // Version 2 asks for a delay of at least 100 ms with it: https://w3c.github.io/IntersectionObserver/#dom-intersectionobserverinit-delay
    ...(trackVisibility && { trackVisibility, delay: 100 }),
  });

  function read(entries: readonly (IntersectionObserverEntry & { isVisible?: boolean })[]): void {
    for (const { target, boundingClientRect: box, rootBounds, intersectionRatio: ratio, time, isVisible } of entries) {
      const watch = watches.get(target);
      if (!watch) continue;
      const isThere = box.width * box.height > 0 && isRendered(target, watch);
      // The ratio of an element without area is 1.
      if (!isThere && ratio > 0 && !watch.isWaiting) {
        watch.isWaiting = true;
        setTimeout(() => {
          watch.isWaiting = false;
          if (watches.get(target) === watch) look(target);
        }, EMPTY_MS);
      }
      const view = rootBounds ?? { width: innerWidth, height: innerHeight };
      const fits = (size: Size): boolean => ratio >= neededRatio(box, size, rule) * ROUNDING;
      // What clips an element can only make it need less, and is dear to find out.
      const isEnough = isThere && ratio > 0 && (fits(view) || fits(clipSize(target, view)));
      const isInView = isEnough && !(trackVisibility && isVisible === false);
      dwell.set(target, isInView, time);
    }
  }

  function isRendered(element: Element, watch: Watch): boolean {
    if (!watch.isRendered && hasContent(element)) {
      watch.isRendered = true;
      watch.onRendered();
    }
    return watch.isRendered ?? false;
  }

  /** Has the observer tell about an element anew. */
  function look(element: Element): void {
    observer.unobserve(element);
    if (watches.has(element) && !closed) observer.observe(element);
  }

  /** The time of some is up: what the observer has not told yet may still take them back. */
  function check(): void {
    read(observer.takeRecords());
    for (const element of dwell.take()) {
      const watch = watches.get(element);
      stop(element);
      if (element.isConnected) watch?.onSeen();
    }
  }

  function stop(element: Element): void {
    watches.delete(element);
    dwell.set(element, false, 0);
    look(element);
  }

  return {
    /** Waits until the element is seen, once, in place of what was asked for it before. Returns what ends it. */
    watch(element: Element, watch?: Watch): () => void {
      stop(element);
      if (watch) watches.set(element, watch);
      look(element);
      return () => {
        if (watch && watches.get(element) === watch) stop(element);
      };
    },
    /** True: what is in the viewport counts from now on. False: the page is hidden, frozen or about to go, and all time so far is void. */
    count: dwell.count,
    close(): void {
      closed = true;
      observer.disconnect();
      dwell.count(false);
    },
  };
}
