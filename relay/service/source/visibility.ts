import type { PolicyOptions } from "../../bus/policy/settings.ts";
import { worstRetries } from "../../bus/policy/topic-numbers.ts";

/** What one attempt may take, milliseconds: asking whether the one before got through, and publishing. No bus of ours takes longer. */
const ATTEMPT_MS = 60_000;
const LEAST_MS = 10 * 60_000;
/** https://developers.cloudflare.com/queues/platform/limits/ */
const MOST_MS = 12 * 3_600_000;

/**
 * How long the queue keeps a pulled message from others, milliseconds. An expired lease is not fenced: Cloudflare takes its ack all the
 * same, and hands the message out again. So this is longer than the worst publish of the message's own round and of the one before it,
 * after which it is acked or given back; from 10 minutes to the 12 hours that Cloudflare allows.
 */
export function visibilityMs(policy: PolicyOptions): number {
  const { attempts, maxDelayMs } = worstRetries(policy);
  const worst = attempts * ATTEMPT_MS + (attempts - 1) * maxDelayMs;
  return Math.min(Math.max(2 * worst, LEAST_MS), MOST_MS);
}
