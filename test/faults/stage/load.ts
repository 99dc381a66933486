/** The events that a scenario sends: in packs, each pack twice, and known beforehand, so that what arrives can be held against them. */
import { envelope, pack } from "../../relay/queue.ts";
import type { Random } from "./random.ts";

/** Messages that are delivered one after the other, by message id. */
export type Lane = Map<string, string>;

/** What is sent. */
export interface Load {
  /** Delivered side by side. Each is there twice, its messages under other ids, as from a client that sent all of it twice. */
  lanes: Lane[];
  /** Ids of the events, each once. */
  ids: string[];
  /** Ids by topic (without prefix) and key, in the order they are sent. */
  order: Map<string, string[]>;
}

interface LoadOptions {
  random: Random;
  /** Begins every id. */
  name: string;
  events: number;
  /** Events in a pack. @default 25 */
  perPack?: number;
  /** Lanes, before they are doubled. A key is of one lane. @default 2 */
  lanes?: number;
}

/** Keys of one lane. */
const KEYS = 20;

/** Makes a load. */
export function makeLoad({ random, name, events, perPack = 25, lanes: width = 2 }: LoadOptions): Load {
  const load: Load = { lanes: [], ids: [], order: new Map() };
  for (let lane = 0; lane < width; lane++) {
    const [first, again]: [Lane, Lane] = [new Map(), new Map()];
    const share = Math.floor(events / width) + (lane < events % width ? 1 : 0);
    for (let sent = 0; sent < share; sent += perPack) {
      const made = Array.from({ length: Math.min(perPack, share - sent) }, (_, index) => {
        const id = `${name}-${lane}-${String(sent + index).padStart(6, "0")}`;
        const partition_key = `k-${lane}-${random.between(1, KEYS)}`;
        const event = envelope({ id, event_type: random.oneOf(["exposure", "click"]), partition_key, copies: 1 });
        const place = orderKey(event.type, partition_key);
        load.ids.push(id);
        load.order.set(place, [...(load.order.get(place) ?? []), id]);
        return event;
      });
      const body = pack(made);
      first.set(`${name}-${lane}-m${sent}`, body);
      again.set(`${name}-${lane}-m${sent}-again`, body);
    }
    load.lanes.push(first, again);
  }
  return load;
}

/** Names a place of order: events of one topic and key are read as they were sent. */
export function orderKey(topic: string, key: string): string {
  return `${topic} ${key}`;
}
