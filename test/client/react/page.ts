/** What the pages of these tests have in their global scope, beside the SDK itself: React and the hooks. */
import * as react from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { flushSync } from "react-dom";
import * as hooks from "../../../client/src/react/index.ts";
import type { Item } from "../../../client/src/tracker/items.ts";
import type { SightlineRequest } from "../../../client/src/tracker/request.ts";

/** A card as an app has it: an element of 200 by 100 pixels for one item. */
function Card({ request, item }: { request: SightlineRequest; item: Item | undefined }): react.ReactNode {
  return react.createElement("div", { ref: hooks.useExposure(request, item), className: "item" }, item?.itemId);
}

const own = { ...react, ...hooks, createRoot, hydrateRoot, flushSync, Card };

declare global {
  var kit: typeof own;
  var root: Root;
}

globalThis.kit = own;
