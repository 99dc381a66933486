/**
 * What Cloudflare asks on the plan Workers Paid, in US dollars for each one, read 2026-11-21 from the sources of its documentation
 * (cloudflare/cloudflare-docs). What the plan includes each month is not taken off, and its $5 is not added.
 */
export const PRICES = Object.freeze({
  /** A request, or a batch that a queue's consumer is called with. https://developers.cloudflare.com/workers/platform/pricing/ */
  request: 0.3 / 1e6,
  /** A millisecond of CPU. https://developers.cloudflare.com/workers/platform/pricing/ */
  cpuMs: 0.02 / 1e6,
  /** A write, read or delete of a message, by each {@link CHUNK_BYTES} of it. https://developers.cloudflare.com/queues/platform/pricing/ */
  queueOperation: 0.4 / 1e6,
  /** An event of Workers Logs; from 2026-12-01 by gigabytes ($0.25 taken in, $0.10 a month kept). https://developers.cloudflare.com/workers/platform/pricing/#workers-logs */
  logEvent: 0.6 / 1e6,
  /** A data point; announced, and not billed yet. https://developers.cloudflare.com/analytics/analytics-engine/pricing/ */
  dataPoint: 0.25 / 1e6,
});

/** Bytes that an operation of a queue covers, and what the queue adds to a message. https://developers.cloudflare.com/queues/platform/pricing/ */
export const CHUNK_BYTES = 64_000;
export const MESSAGE_OVERHEAD_BYTES = 100;
/** Operations that bring a message through a queue: it is written, read and deleted. */
export const OPERATIONS = 3;
