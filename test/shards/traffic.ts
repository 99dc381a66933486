/** What pages send: each event twice, in two requests that are put together differently, the second one at any time after the first. */
import type { Random } from "../faults/stage/random.ts";

/** Milliseconds from one event to the next, by the pages' clocks. */
const STEP_MS = 10;

/** A request, and the moment of the traffic at which it is sent, from 0 to 1. */
export interface Sending {
  at: number;
  body: string;
}

/** The traffic. */
export interface Traffic {
  /** In the order in which they are sent. */
  sendings: Sending[];
  /** Ids of the events, each once. */
  ids: string[];
  /** The time that its events have at a moment from 0 to 1, ISO 8601 UTC. */
  timeAt(moment: number): string;
}

interface TrafficOptions {
  events: number;
  perRequest: number;
  random: Random;
  /** The time of the last event, milliseconds since 1970. */
  end: number;
}

interface Sent {
  at: number;
  event: { event_id: string };
}

/** Makes it: an exposure and a click on it, for one request after the other. */
export function makeTraffic({ events, perRequest, random, end }: TrafficOptions): Traffic {
  const start = end - events * STEP_MS;
  const first = Array.from({ length: events }, (_, n): Sent => ({ at: n / events, event: makeEvent(n, start + n * STEP_MS) }));
  // Up to half of the traffic later, and what would come after its end, at its end.
  const again = first.map(({ at, event }): Sent => ({ at: Math.min(1, at + random.between(1, 500_000) / 1_000_000), event }));
  const sendings = [first, again].flatMap((sent) => requests(sent, perRequest));
  return {
    sendings: sendings.toSorted((a, b) => a.at - b.at),
    ids: first.map(({ event }) => event.event_id),
    timeAt: (moment) => new Date(start + Math.floor(events * moment) * STEP_MS).toISOString(),
  };
}

function makeEvent(n: number, at: number) {
  const request = `shards-request-${Math.floor(n / 2)}`;
  const isOutcome = n % 2 === 1;
  return {
    event_id: `shards-event-${n}`,
    event_type: isOutcome ? "click" : "exposure",
    timestamp: new Date(at).toISOString(),
    unit_type: "user",
    unit_id: `u_${n % 997}`,
    request_id: request,
    surface: "home.top_picks",
    ...(isOutcome ? { item_id: "item-1" } : { items: [{ item_id: "item-1", position: 1, basis: "viewable" }] }),
  };
}

/** A request is sent when the last of its events is due. */
function requests(sent: Sent[], perRequest: number): Sending[] {
  const due = sent.toSorted((a, b) => a.at - b.at);
  return Array.from({ length: Math.ceil(due.length / perRequest) }, (_, n) => {
    const some = due.slice(n * perRequest, (n + 1) * perRequest);
    const body = { v: 1, sdk: "web/1.0.0", session_id: "shards-session", events: some.map(({ event }) => event) };
    return { at: some.at(-1)?.at ?? 0, body: JSON.stringify(body) };
  });
}
