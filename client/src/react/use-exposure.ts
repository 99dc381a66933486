import { useMemo, version, type RefCallback } from "react";
import type { Item } from "../tracker/items.ts";
import type { SightlineRequest } from "../tracker/request.ts";

/**
 * A ref for the element that shows the item: once it was seen there is an exposure. Stable as long as the request and the item's fields
 * are, whatever object holds them, so that a render in between does not restart the second; another item starts its own.
 *
 * Without an item, as long as there is only a skeleton, nothing is observed.
 */
export function useExposure(request: SightlineRequest, item: Item | undefined): RefCallback<Element> {
  return useMemo(
    () => {
      let stop: (() => void) | undefined;
      return (element: Element | null) => {
        stop?.();
        stop = element && item ? request.observe(element, item) : undefined;
        // React 19 calls what a ref returns. React 18 warns of it, and calls the ref with null.
        return parseInt(version, 10) > 18 ? stop : undefined;
      };
    },
    // The fields in place of the object, which may be a new one each time.
    [request, item?.itemId, item?.position, item?.placement, item?.score, item?.propensity],
  );
}
