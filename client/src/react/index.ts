"use client";
/**
 * The SDK for React 18 and 19: a provider and three hooks. Plain functions, no JSX, so that it needs no build of its own.
 *
 * ```tsx
 * function TopPicks() {
 *   const request = useRequest({ surface: "home.top_picks" });
 *   const items = useTopPicks(request.headers); // yours
 *   return items.map((item, index) => <Card key={item.id} request={request} item={{ itemId: item.id, position: index + 1 }} />);
 * }
 * function Card({ request, item }) {
 *   return <a ref={useExposure(request, item)} onClick={() => request.outcome("click", item)}>…</a>;
 * }
 * ```
 */
export { SightlineProvider, type SightlineProviderProps } from "./sightline-provider.ts";
export { useExposure } from "./use-exposure.ts";
export { useRequest, type UseRequestOptions } from "./use-request.ts";
export { useTracker } from "./use-tracker.ts";
