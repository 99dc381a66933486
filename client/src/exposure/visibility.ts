/**
 * Tells when an element has been seen: enough of its pixels in the viewport of a visible page, for long enough without a break. One
 * IntersectionObserver serves all elements; time is the observer's own (`entry.time`), not that of the callback.
 *
 * What the observer does not tell of is looked at every 250 ms, by one timer, while an element is in view: whether it shows anything,
 * `visibility`, the back of a card, a pinch zoom. Opacity and what lies on top are seen by version 2 of IntersectionObserver alone, which
 * is asked for by `trackVisibility`.
 */
import { createDwell } from "./dwell.ts";
import { hasContent, isBusy } from "./has-content.ts";
import { isEnough } from "./is-enough.ts";
import { isInZoom } from "./is-in-zoom.ts";
import { isTurnedAway } from "./is-turned-away.ts";
import { areaOf, largestBox } from "./largest-box.ts";
import type { View, Watch } from "./view.ts";
import type { Viewability } from "./viewability.ts";

/** Milliseconds after which what is in view is looked at again. */
const LOOK_MS = 250;

/** Looks after which an element in view that shows nothing is told of: 10 seconds. */
const EMPTY_LOOKS = 40;

/** A crossing of one of these calls the observer's callback: ten percent apart, down to the share that fits of a huge element. */
const STEPS = Array.from({ length: 64 }, (_, step) => 0.9 ** step);

/** Watches with `rule`. It starts with no time counting. */
export function createVisibility(rule: Viewability) {
  const { trackVisibility } = rule;
  const views = new WeakMap<Element, View>();
  /** By a box that is measured for an element without area. */
  const owners = new WeakMap<Element, Element>();
  /** In view, as far as the observer knows. */
  const inView = new Set<Element>();
  let isCounting = false;
  let closed = false;
  let timer: unknown;
  const dwell = createDwell<Element>(rule.ms, check);
  const observer = new IntersectionObserver(read, {
    threshold: [0, ...STEPS, rule.threshold, rule.largeThreshold],
    // Version 2 asks for a delay of at least 100 ms with it: https://w3c.github.io/IntersectionObserver/#dom-intersectionobserverinit-delay
    ...(trackVisibility && { trackVisibility, delay: 100 }),
  });

  function read(entries: readonly IntersectionObserverEntry[]): void {
    for (const entry of entries) {
      const { target } = entry;
      note(target, entry);
      const owner = owners.get(target);
      if (owner) note(owner, entry);
    }
    arm();
  }

  /** Takes in what the observer tells of an element, or of the box that is measured for it. */
  function note(element: Element, entry: IntersectionObserverEntry & { isVisible?: boolean }): void {
    const view = views.get(element);
    if (!view) return;
    const { target, boundingClientRect: box, rootBounds, intersectionRatio: ratio, time } = entry;
    const hasArea = box.width * box.height > 0;
    if (hasArea && target === element) view.box = element;
    if (target !== (view.box ?? element)) return;
    if (!hasArea) {
      owners.delete(target);
      const largest = target === element ? largestBox(element) : element;
      view.box = largest;
      if (largest !== element) owners.set(largest, element);
      if (largest !== target) look(largest);
    }
    // The ratio of an element without area is 1.
    view.hasArea = hasArea;
    const size = rootBounds ?? { width: innerWidth, height: innerHeight };
    view.isIn = hasArea && isEnough(target, box, ratio, size, rule) && !(trackVisibility && entry.isVisible === false);
    const isNear = ratio > 0 || getComputedStyle(element).display === "contents";
    inView[view.isIn || (!hasArea && isNear) ? "add" : "delete"](element);
    judge(element, view, time);
  }

  /** In view as far as the observer knows, does it show anything to the user? */
  function isShown(element: Element, view: View): boolean {
    const { box = element, hasArea, isIn, isRendered } = view;
    if (!hasArea || (isRendered && !isIn) || !hasContent(element)) return false;
    if (!isRendered) {
      view.isRendered = true;
      view.onRendered();
    }
    return !!isIn && isInZoom(box, rule) && !isTurnedAway(box);
  }

  function judge(element: Element, view: View, time: number): void {
    dwell.set(element, isShown(element, view), time);
  }

  /** Has the observer tell about an element again. */
  function look(element: Element): void {
    observer.unobserve(element);
    if ((views.has(element) || owners.has(element)) && !closed) observer.observe(element);
  }

  function arm(): void {
    if (isCounting && !closed && inView.size > 0) timer ??= setTimeout(lookAgain, LOOK_MS);
  }

  function lookAgain(): void {
    timer = undefined;
    if (!isCounting || closed) return;
    const now = performance.now();
    for (const element of inView) {
      const view = views.get(element);
      if (!view || !element.isConnected) inView.delete(element);
      else {
        judge(element, view, now);
        if (!view.hasArea && areaOf(largestBox(element)) > 0) look(element);
        view.looks = view.isRendered || isBusy(element) ? 0 : (view.looks ?? 0) + 1;
        if (view.looks === EMPTY_LOOKS && getComputedStyle(element).visibility === "visible") view.onEmpty();
      }
    }
    arm();
  }

  /** The time of some is up: what the observer has not told yet may still take them back. */
  function check(): void {
    read(observer.takeRecords());
    for (const element of dwell.take()) {
      const view = views.get(element);
      // One that is hidden meanwhile is looked at again.
      if (!view || !isShown(element, view)) continue;
      stop(element);
      if (element.isConnected) view.onSeen();
    }
  }

  function stop(element: Element): void {
    const { box = element } = views.get(element) ?? {};
    views.delete(element);
    inView.delete(element);
    dwell.set(element, false, 0);
    if (box !== element) owners.delete(box);
    for (const each of new Set([box, element])) look(each);
  }

  return {
    /**
     * Waits until the element is seen, once, in place of what was asked for it before. Returns what ends it; when the same is asked for
     * again in the same task, as when only its position has changed, its second goes on.
     */
    watch(element: Element, watch?: Watch): () => void {
      const before = views.get(element);
      const view: View | undefined = watch && before?.key === watch.key ? { ...before, ...watch } : watch;
      if (!view || view === watch) stop(element);
      if (view) views.set(element, view);
      if (view === watch) look(element);
      const isCurrent = (): unknown => view && views.get(element) === view;
      return () => queueMicrotask(() => isCurrent() && stop(element));
    },
    /** True: what is in the viewport counts from now on. False: the page is hidden, frozen or about to go, and all time so far is void. */
    count(isOn: boolean): void {
      isCounting = isOn;
      dwell.count(isOn);
      arm();
    },
    close(): void {
      closed = true;
      observer.disconnect();
      dwell.count(false);
    },
  };
}
