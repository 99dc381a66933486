/**
 * The SDK for pages without a bundler, built to `sightline.iife.js`. The page may push functions into `window.sightline` before the script
 * is there:
 *
 *     <script>window.sightline = window.sightline || [];</script>
 *     <script async src="/sightline.iife.js"></script>
 *     <script>sightline.push(({ createTracker }) => { … });</script>
 */
import { api } from "./api.ts";
import { installQueue } from "./install-queue.ts";

installQueue(globalThis as { sightline?: unknown }, api);
