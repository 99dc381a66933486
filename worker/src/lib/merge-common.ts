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
  if (members > WIDE) return Object.assign(event, mergeCommon(ownOf(event, Object.keys(common)), common));
  const merged = { ...common, ...event };
  if (isRecord(common["context"]) && isRecord(event["context"]))
    merged["context"] = { ...common["context"], ...event["context"] };
  return merged;
}

function ownOf(event: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(event, name)).map((name) => [name, event[name]]));
}
