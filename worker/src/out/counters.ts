/**
 * The outcomes of requests, in Workers Analytics Engine: a data point for each type of event and code of a request.
 * docs/operate.md has the queries. Analytics Engine samples when much is written: a query sums `_sample_interval * double1`.
 */
import type { ErrorCode } from "../errors/errors.ts";

/** A dataset, as far as it is used. https://developers.cloudflare.com/analytics/analytics-engine/ */
export interface Dataset {
  writeDataPoint(point: { indexes: string[]; blobs: string[]; doubles: number[] }): void;
}

/** Data points of one request, at most. https://developers.cloudflare.com/analytics/analytics-engine/limits/ */
export const MAX_POINTS = 250;
/** Bytes of an index, at most; blobs are kept to the same, three of which are far below their limit of 16 KB. */
const MAX_BYTES = 96;

/** What became of an event, or of a request as a whole. */
export type CountedCode = "accepted" | "duplicate" | ErrorCode;

/** How many events, or requests, got one code. */
export interface Count {
  /**
   * An event's registered type, or `unknown` where it has none, or `request` for a request that was refused as a whole. Never a type as
   * it was sent: senders would make names without end.
   */
  type: string;
  code: CountedCode;
  count: number;
}

/** The outcome of a request. */
export interface RequestCounts {
  /** Whose key it was; undefined where no key was found. */
  tenantId: string | undefined;
  /** One for each type and code. */
  counts: readonly Count[];
}

/**
 * Writes the outcome of a request: index the tenant; blobs the tenant, the type and the code; double the count. What is over the limit of
 * points is added up in a last one, `other other`. Never throws: no event is refused because it could not be counted.
 */
export function countRequest(dataset: Dataset | undefined, { tenantId, counts }: RequestCounts): void {
  if (dataset === undefined) return;
  const tenant = withinBytes(tenantId ?? "-");
  try {
    for (const { type, code, count } of folded(counts)) {
      dataset.writeDataPoint({ indexes: [tenant], blobs: [tenant, withinBytes(type), code], doubles: [count] });
    }
  } catch (error) {
    console.warn(JSON.stringify({ message: "a request was not counted", reason: String(error) }));
  }
}

function folded(counts: readonly Count[]): readonly { type: string; code: string; count: number }[] {
  if (counts.length <= MAX_POINTS) return counts;
  const rest = counts.slice(MAX_POINTS - 1).reduce((sum, { count }) => sum + count, 0);
  return [...counts.slice(0, MAX_POINTS - 1), { type: "other", code: "other", count: rest }];
}

/** The longest beginning of a text that fits, in whole characters. */
function withinBytes(text: string): string {
  // A UTF-16 unit takes at most three bytes.
  if (text.length * 3 <= MAX_BYTES) return text;
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(MAX_BYTES)).read);
}
