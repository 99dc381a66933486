import { fillShelves } from "./shelf.ts";
import { shopTracker } from "./tracker.ts";

await fillShelves(shopTracker());
