import { posthog } from "posthog-js/dist/module.slim.no-external.js";
import type { BenchEvent } from "../page-contender.ts";

export function start(url: string): void {
  posthog.init("phc_bench", {
    api_host: url,
    persistence: "localStorage",
    autocapture: false,
    capture_pageview: false,
    capture_pageleave: false,
    disable_session_recording: true,
    disable_surveys: true,
    disable_external_dependency_loading: true,
    advanced_disable_flags: true,
    // A headless browser is a bot to it, and more than 10 events a second are too many.
    opt_out_useragent_filter: true,
    rate_limiting: { events_per_second: 10_000, events_burst_limit: 100_000 },
  });
}

export function track(event: BenchEvent): void {
  posthog.capture("click", { ...event });
}
