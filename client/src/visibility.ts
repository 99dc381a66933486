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

/** Watches elements. */
export interface Visibility<Target> {
  /** Waits until the element is seen, once; a second call for the same element takes the place of the first. Returns what ends it. */
  watch(element: Element, target: Target): () => void;
  /** The page is hidden, frozen or about to go: all time so far is void. */
  pause(): void;
  /** The page is visible (again): what is in the viewport counts from now on. */
  resume(): void;
  close(): void;
}

/**
 * Watches with `rule`. It starts paused. `onRendered` gets a target whose element has its content; `onSeen` those whose elements were
 * seen in the same moment.
 */
export function createVisibility<Target extends object>(
  rule: Viewability,
  onSeen: (targets: Target[]) => void,
  onRendered: (target: Target, element: Element) => void,
): Visibility<Target> {
  const targets = new WeakMap<Element, Target>();
  const rendered = new WeakSet<Target>();
  const dwell = createDwell<Element>(rule.ms, check);
  const { trackVisibility } = rule;
  const observer = new IntersectionObserver(read, {
    threshold: [0, ...STEPS, rule.threshold, rule.largeThreshold],
    // Version 2 asks for a delay of at least 100 ms with it: https://w3c.github.io/IntersectionObserver/#dom-intersectionobserverinit-delay
    ...(trackVisibility && { trackVisibility, delay: 100 }),
  });

  function restart(element: Element): void {
    observer.unobserve(element);
    if (targets.has(element)) observer.observe(element);
  }

  function isRendered(element: Element, target: Target, { width, height }: Size): boolean {
    if (!rendered.has(target) && width * height > 0 && hasContent(element)) {
      rendered.add(target);
      onRendered(target, element);
    }
    return rendered.has(target) && width * height > 0;
  }

  function read(entries: readonly IntersectionObserverEntry[]): void {
    for (const entry of entries) {
      const { target: element, boundingClientRect: box, rootBounds, intersectionRatio: ratio, time } = entry;
      const target = targets.get(element);
      if (!target) continue;
      const isThere = isRendered(element, target, box);
      // The ratio of an element without area is 1.
      if (!isThere && ratio > 0) setTimeout(() => restart(element), EMPTY_MS);
      const fits = (view: Size): boolean => ratio >= neededRatio(box, view, rule) * ROUNDING;
      const viewport = rootBounds ?? { width: innerWidth, height: innerHeight };
      const isInView = isThere && ratio > 0 && (fits(viewport) || fits(clipSize(element, viewport)));
      dwell.set(element, isInView && !(trackVisibility && (entry as { isVisible?: boolean }).isVisible === false), time);
    }
  }
  /** The time of some is up: what the observer has not told yet may still take them back. */
  function check(): void {
    read(observer.takeRecords());
    const due: Target[] = [];
    for (const element of dwell.take()) {
      if (element.isConnected) due.push(targets.get(element)!);
      stop(element);
    }
    if (due.length > 0) onSeen(due);
  }

  function stop(element: Element): void {
    targets.delete(element);
    observer.unobserve(element);
    dwell.set(element, false, 0);
  }

  return {
    watch(element, target) {
      stop(element);
      targets.set(element, target);
      observer.observe(element);
      return () => {
        if (targets.get(element) === target) stop(element);
      };
    },
    pause: dwell.pause,
    resume: dwell.resume,
    close() {
      observer.disconnect();
      dwell.pause();
    },
  };
}
