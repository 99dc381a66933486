import { observeDom } from "../dom/index.ts";
import { trackedFetch } from "../fetch/index.ts";
import { createTracker } from "../index.ts";

/** What the functions that a page pushes are given. */
export const api = { createTracker, observeDom, trackedFetch };
