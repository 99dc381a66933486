/** Requests that the document shows. They are as the SDK and a backend send them, and a test posts each. */
import type { WireBatch, WireEvent, WirePartedBatch } from "@sightline/client/wire";

const experiments = [
  { experiment_id: "11111111-1111-4111-8111-111111111111", variant_id: "22222222-2222-4222-8222-222222222222" },
];
const context = { policy_version_id: "ranker-2026-01", app_version: "4.2.0", platform: "web" };
const request = { request_id: "req_a1b2c3d4", surface: "home.top_picks" };

const single: WireEvent = {
  event_id: "order_10421_line_1",
  event_type: "purchase",
  timestamp: "2026-01-01T10:04:12.000Z",
  unit_type: "user",
  unit_id: "u_1042",
  ...request,
  item_id: "sku-2",
  position: 2,
  experiments,
  context,
  payload: { order_id: "o_10421", quantity: 1 },
};

const batch: WireBatch = {
  v: 1,
  sent_at: "2026-01-01T10:00:05.123Z",
  sdk: "web/1.0.0",
  session_id: "sess_a1b2c3d4",
  common: { unit_type: "user", unit_id: "u_1042", context, experiments },
  // What `common` has is left out of each.
  events: [
    {
      event_id: "sess_a1b2c3d4-1",
      event_type: "exposure",
      timestamp: "2026-01-01T10:00:01.500Z",
      ...request,
      items: [
        { item_id: "sku-1", position: 1, basis: "viewable" },
        { item_id: "sku-2", position: 2, propensity: 0.25, basis: "viewable" },
      ],
      seq: 1,
    },
    {
      event_id: "sess_a1b2c3d4-2",
      event_type: "click",
      timestamp: "2026-01-01T10:00:02.500Z",
      ...request,
      item_id: "sku-2",
      position: 2,
      seq: 2,
    },
  ] as WireEvent[],
};

const { v: _v, sent_at = "", ...part } = batch;

const parted: WirePartedBatch = {
  v: 2,
  sent_at,
  parts: [
    part,
    {
      sdk: "web/1.0.0",
      session_id: "sess_e5f6g7h8",
      common: { unit_type: "user", unit_id: "u_1042", context, experiments },
      events: [
        {
          event_id: "sess_e5f6g7h8-1",
          event_type: "add_to_cart",
          timestamp: "2026-01-01T10:00:05.000Z",
          ...request,
          item_id: "sku-2",
          seq: 1,
        },
      ] as WireEvent[],
    },
  ],
};

/** By name, as OpenAPI has examples. */
export const REQUESTS = {
  event: { summary: "One event, from a backend", value: single },
  batch: { summary: "A batch, from a page", value: batch },
  parted: { summary: "A batch of two page loads, the first of which could not send", value: parted },
};
