/**
 * Tells when an element has been seen: enough of its pixels in the viewport of a visible page, for long enough without a break. One
 * IntersectionObserver serves all elements; time is the observer's own (`entry.time`), not that of the callback.
 *
 * It cannot see opacity or what lies on top: version 1 of IntersectionObserver does not say.
 */
import { createDwell } from "./lib/dwell.ts";
import { neededRatio } from "./lib/needed-ratio.ts";
import type { Viewability } from "./options.ts";

/** Share of the needed ratio that suffices: the observer rounds to device pixels, and half of an element can come as 0.4999. */
const ROUNDING = 0.99;

/** Milliseconds after which an element without area is looked at again. */
const EMPTY_MS = 250;

/** A crossing of one of these calls the observer's callback. Fine where the share that fits of a huge element is small. */
const STEPS = [0, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.75, 1];

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

/** Watches with `rule`; `onSeen` gets the targets of the elements that were seen in the same moment. It starts paused. */
export function createVisibility<Target extends object>(
  rule: Viewability,
  onSeen: (targets: Target[]) => void,
): Visibility<Target> {
  const targets = new WeakMap<Element, Target>();
  const dwell = createDwell<Element>(rule.ms, check);
  const observer = new IntersectionObserver(read, { threshold: [...STEPS, rule.threshold, rule.largeThreshold] });

  function restart(element: Element): void {
    observer.unobserve(element);
    if (targets.has(element)) observer.observe(element);
  }

  function read(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, boundingClientRect: box, rootBounds, intersectionRatio, time } of entries) {
      if (!targets.has(target)) continue;
      const isRendered = box.width * box.height > 0;
      // The ratio of an element without area is 1, and may still be 1 when its content has come: the observer does not tell of that.
      if (!isRendered && intersectionRatio > 0) setTimeout(() => restart(target), EMPTY_MS);
      const viewport = rootBounds ?? { width: innerWidth, height: innerHeight };
      dwell.set(target, isRendered && intersectionRatio >= neededRatio(box, viewport, rule) * ROUNDING, time);
    }
  }

  /** The time of some is up: what the observer has not told yet may still take them back. */
  function check(): void {
    read(observer.takeRecords());
    const seen = dwell.take().filter((element) => element.isConnected);
    const due = seen.flatMap((element) => targets.get(element) ?? []);
    for (const element of seen) stop(element);
    if (due.length > 0) onSeen(due);
  }

  function stop(element: Element): void {
    targets.delete(element);
    observer.unobserve(element);
    dwell.forget(element);
  }

  return {
    watch(element, target) {
      targets.set(element, target);
      dwell.forget(element);
      restart(element);
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
