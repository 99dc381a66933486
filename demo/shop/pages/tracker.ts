import { createTracker } from "@sightline/client";
import { listen } from "./overlay.ts";

/** The page's tracker: where the collector is stands in the page's head. */
export function shopTracker() {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="sightline"]');
  const { collector = "", writeKey = "", policy = "" } = meta?.dataset ?? {};
  return createTracker({
    endpoint: collector,
    writeKey,
    unit: { type: "user", id: visitor() },
    context: { policy_version_id: policy, app_version: "demo-shop/1", platform: "web" },
    onError: (error) => console.warn("sightline:", error),
    debug: listen(),
  });
}

/** A tracker. */
export type Tracker = ReturnType<typeof shopTracker>;

/** A made-up visitor, the same for as long as the browser keeps it. */
function visitor(): string {
  const key = "shop.visitor";
  const known = localStorage.getItem(key);
  if (known !== null) return known;
  const id = `v_${Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => String.fromCharCode(97 + (byte % 26))).join("")}`;
  localStorage.setItem(key, id);
  return id;
}
