/** Settings of the relay itself: where it takes from, what it keeps, what it tells. */
import { z } from "zod";
import { DAY_SECONDS } from "../../lib/day.ts";
import { count, flag, httpUrl, list, type Options, setting, text } from "../../lib/settings.ts";

export const serviceSettings = {
  source: setting(
    "SOURCE",
    z
      .enum(["push", "pull"])
      .prefault("push")
      .describe("push: the queue's consumer Worker posts to the relay; pull: the relay takes from Cloudflare's queues over HTTP"),
  ),
  host: setting("RELAY_HOST", text.prefault("127.0.0.1").describe("address to listen on")),
  port: setting("RELAY_PORT", count(8788, 0, 65_535).describe("port to listen on; 0: any free one")),
  url: setting(
    "RELAY_URL",
    httpUrl.optional().describe("address of the running relay, for sightline dlq replay; unset: RELAY_HOST and RELAY_PORT"),
  ),
  token: setting(
    "RELAY_TOKEN",
    z
      .string()
      .min(16)
      .optional()
      .describe("bearer token of POST /v1/deliveries, 16 characters or more; required with SOURCE=push; secret"),
    { secret: true },
  ),
  slot: setting(
    "RELAY_SLOT",
    z
      .string()
      .regex(/^[a-z0-9-]{1,32}$/, "expected 1 to 32 letters a to z, digits and hyphens")
      .prefault("0")
      .describe(
        "which of several relays this is, in letters a to z, digits and hyphens; each has a slot and a DATA_DIR of its own",
      ),
  ),
  retryDelayMaxSeconds: setting(
    "RETRY_DELAY_MAX_SECONDS",
    count(3600, 1, 43_200).describe("SOURCE=pull: seconds between two deliveries of a message that was given back, at most"),
  ),
  dataDir: setting("DATA_DIR", text.prefault(".sightline").describe("folder of the relay's state and of the local bus")),
  dedup: setting(
    "ENABLE_DEDUP",
    flag("true").describe("false: every event is forwarded, copies too; what it costs is then not paid"),
  ),
  dedupWindowDays: setting(
    "DEDUP_WINDOW_DAYS",
    count(35, 1, 3_650).describe("days that an event's id is remembered, counted from its first publish"),
  ),
  liveView: setting(
    "LIVE_VIEW",
    z
      .enum(["false", "true", "token"])
      .prefault("false")
      .describe(
        "true: the live view at /, to this machine as it is and to others with RELAY_TOKEN; token: with RELAY_TOKEN to all, for a relay behind a proxy",
      ),
  ),
  metricsTenants: setting(
    "METRICS_TENANTS",
    list.describe(
      "tenants that the counters in /metrics tell apart, separated by commas; others are `other`. Empty: no tenants there",
    ),
  ),
  shutdownSeconds: setting(
    "SHUTDOWN_SECONDS",
    count(25, 1, DAY_SECONDS).describe(
      "seconds that a relay that was told to stop has for what it has taken; what is not done then stays in the queue",
    ),
  ),
  logLevel: setting(
    "LOG_LEVEL",
    z
      .enum(["debug", "info", "warn", "error", "silent"])
      .prefault("info")
      .describe("what the relay logs: debug, info, warn, error or silent"),
  ),
};

/** Their values. */
export type ServiceOptions = Options<typeof serviceSettings>;
