import { isRecord } from "./is-record.ts";

/**
 * An event with the batch's `common` merged into it: the event's own field wins, and `context` is merged key by key. Nothing is
 * checked here: a wrong value in `common` shows as the fault of each event it is merged into.
 */
export function mergeCommon(
  event: Record<string, unknown>,
  common: Record<string, unknown> | undefined,
): Record<string, unknown> {
  if (common === undefined) return event;
  const merged = { ...common, ...event };
  if (isRecord(common["context"]) && isRecord(event["context"]))
    merged["context"] = { ...common["context"], ...event["context"] };
  return merged;
}
