/** Outcomes that are not joined, one by one, so that each can be told why. Causes change as events arrive, so they are looked for when asked. */
import type { Envelope } from "@sightline/worker/envelope";
import { forgetOldest } from "../analysis/forget-oldest.ts";
import { eventName } from "../analysis/join-keys.ts";
import type { Joiner } from "../analysis/joiner.ts";
import { WATERMARK_MS } from "../analysis/watermark.ts";
import type { Arrived } from "./arrivals.ts";
import type { OrphanCause, OrphanGroup } from "./state.ts";

/** Orphans that are looked at one by one, and requests with exposures that are remembered. */
const MOST_ORPHANS = 5_000;
const MOST_REQUESTS = 100_000;
const EXAMPLES = 3;

/** What is behind each cause, and what to look at. */
const WORDS: Record<OrphanCause, string> = {
  waiting: "The collector had them in the ten minutes before its newest event: the exposure may still be under way.",
  no_request_id:
    "They name no request_id, so nothing can tell which list they came from: record the outcome through the request that showed the item.",
  shown_to_another_unit:
    "Their request showed the item to another unit: an id made once for many visitors, a cached page, or a unit that changed between view and click.",
  decided_not_seen:
    "The item was recommended under their request, but no exposure says that it was seen: is the element observed, and was it in view?",
  request_without_item: "Their request has exposures, but not of this item: another item_id, or an element that is not observed.",
  request_unknown:
    "No exposure of their request has arrived: exposures are not sent, blocked, refused, or older than what this view looked at.",
  forgotten: "There are more orphans than this view looks at one by one: sightline verify counts them all.",
};

/** The orphans. */
export interface Orphans {
  /** An exposure of a request arrived. */
  expose(envelope: Envelope): void;
  add(envelope: Envelope, event: Arrived): void;
  /** The outcome of this name is joined by now; returns it where it is still remembered. */
  take(name: string): Arrived | undefined;
  /** By cause, most first; `total` is how many there are in all, and `asOf` when the collector had its newest event. */
  groups(total: number, asOf: number): OrphanGroup[];
}

/** Makes it, empty. */
export function createOrphans(knownOf: Joiner["knownOf"]): Orphans {
  const orphans = new Map<string, { envelope: Envelope; event: Arrived }>();
  const requests = new Set<string>();

  const causeOf = (envelope: Envelope, { received_at }: Arrived, asOf: number): OrphanCause => {
    if (envelope.payload.request_id === undefined) return "no_request_id";
    const { shownToAnother, decided } = knownOf(envelope);
    if (shownToAnother) return "shown_to_another_unit";
    if (Date.parse(received_at) > asOf - WATERMARK_MS) return "waiting";
    if (decided) return "decided_not_seen";
    return requests.has(requestOf(envelope)) ? "request_without_item" : "request_unknown";
  };

  return {
    expose(envelope) {
      requests.add(requestOf(envelope));
      forgetOldest(requests, MOST_REQUESTS);
    },
    add(envelope, event) {
      orphans.set(eventName(envelope), { envelope: keysOf(envelope), event });
      forgetOldest(orphans, MOST_ORPHANS);
    },
    take(name) {
      const event = orphans.get(name)?.event;
      orphans.delete(name);
      return event;
    },
    groups(total, asOf) {
      const all = [...orphans.values()].map(({ envelope, event }) => ({ cause: causeOf(envelope, event, asOf), event }));
      const groups = [...Map.groupBy(all, ({ cause }) => cause)].map(([cause, some]): OrphanGroup => {
        const examples = some.slice(-EXAMPLES).map(({ event }) => event);
        return { cause, n: some.length, words: WORDS[cause], examples: examples.toReversed() };
      });
      if (total > orphans.size)
        groups.push({ cause: "forgotten", n: total - orphans.size, words: WORDS.forgotten, examples: [] });
      return groups.toSorted((a, b) => b.n - a.n);
    },
  };
}

/** What it is joined by, and no more: an event may have 32 KiB. */
function keysOf({ payload, metadata, ...envelope }: Envelope): Envelope {
  const { request_id, unit_type, unit_id, item_id } = payload;
  return {
    ...envelope,
    payload: { request_id, unit_type, unit_id, item_id },
    metadata: { tenant_id: metadata.tenant_id },
  } as Envelope;
}

function requestOf({ payload, metadata }: Envelope): string {
  return JSON.stringify([metadata.tenant_id, payload.request_id ?? ""]);
}
