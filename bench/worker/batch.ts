/**
 * The bodies that are posted: batches as the SDK writes them for the demo shop, decisions, exposures and clicks of two shelves.
 *
 * All sizes carry the same mix: a body begins somewhere else in the same run of twenty events, and a set of bodies begins once at each.
 */
import { createHash } from "node:crypto";
import type { WireEvent, WireItem } from "@sightline/client/wire";

/** Events after which the mix repeats: a decision for each of two shelves, fifteen exposures, three clicks. About 7 kB of JSON. */
const MIX = 20;

/** Bodies of `events` events each, which differ in their session and in where in the mix they begin. The clock alone is not the same each time. */
export function makeBodies(events: number, now = Date.now()): string[] {
  return Array.from({ length: MIX }, (_, at) => makeBody(at, events, now));
}

function makeBody(at: number, count: number, now: number): string {
  const session = id("session", at);
  const events = Array.from({ length: count }, (_, i) => {
    const seq = i + 1;
    const timestamp = new Date(now - (count - i) * 40).toISOString();
    return { event_id: `${session}-${seq}`, ...makeEvent(at + i, timestamp), seq };
  });
  const common = {
    unit_type: "user",
    unit_id: `v_${id("visitor", at)}`,
    context: { policy_version_id: "demo-softmax-1", app_version: "demo-shop/1", platform: "web" },
    experiments: [{ experiment_id: uuid(1), variant_id: uuid(at % 2) }],
  };
  return JSON.stringify({ v: 1, sent_at: new Date(now).toISOString(), sdk: "web/0.1.0", session_id: session, common, events });
}

type Moment = Pick<
  WireEvent,
  "event_type" | "timestamp" | "request_id" | "surface" | "item_id" | "position" | "items" | "context"
>;

/** The event at a place of the mix: the first shelf has eight items, the second twelve. */
function makeEvent(place: number, timestamp: string): Moment {
  const inMix = place % MIX;
  const second = inMix >= 8;
  const [surface, start, items] = second ? (["home.carousel", 8, 12] as const) : (["home.top_picks", 0, 8] as const);
  const of = { timestamp, request_id: id("request", place - inMix + start), surface };
  const step = inMix - start;
  if (step === 0)
    return { event_type: "decision", ...of, items: Array.from({ length: items }, (_, i) => makeItem(place + i, i + 1)) };
  if (inMix % 6 === 5) {
    return {
      event_type: "click",
      ...of,
      item_id: sku(place),
      position: step,
      context: { element: "card", scroll_y: 120 * step },
    };
  }
  return { event_type: "exposure", ...of, items: [{ ...makeItem(place, step), basis: "viewable" }] };
}

function makeItem(place: number, position: number): WireItem {
  return {
    item_id: sku(place),
    position,
    score: ((place * 7919) % 1_000_000) / 1e6,
    propensity: (1 + ((place * 104_729) % 900_000)) / 1e6,
  };
}

const sku = (place: number): string => `sku-${10_000 + ((place * 2_654_435_761) % 90_000)}`;
const uuid = (n: number): string => `6f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e${n}`;

/** 21 characters that look as random as the SDK's ids are, so that gzip finds no more in them. */
function id(kind: string, n: number): string {
  return createHash("sha256").update(`${kind} ${n}`).digest("base64url").slice(0, 21);
}
