import { isRecord } from "./is-record.ts";

/** Members of an event that is merged in place: more than one of 32 KiB can have. A copy of 95,000 takes as long as the rest of a request. */
const WIDE = 8_192;

/**
 * An event with the batch's `common` merged into it: the event's own field wins, and `context` is merged key by key. Nothing is
 * checked here: a wrong value in `common` shows as the fault of each event it is merged into.
 * `members` says how many the event has, where that is known.
 */
export function mergeCommon(
  event: Record<string, unknown>,
  common: Record<string, unknown> | undefined,
  members = 0,
): Record<string, unknown> {
  if (common === undefined) return event;
  const { context } = event;
  const merged = members > WIDE ? event : { ...common, ...event };
  // Of a copy each is there already.
  for (const name of Object.keys(common)) if (!Object.hasOwn(merged, name)) merged[name] = common[name];
  if (isRecord(common["context"]) && isRecord(context)) merged["context"] = { ...common["context"], ...context };
  return merged;
}
