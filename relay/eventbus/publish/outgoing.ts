/** The way of an event out of the service: checked, in its channel's line, and into the local queue where the bus does not take it now. */
import type { BusRecord } from "@sightline/bus/port";
import { isForLater, PublishError } from "../port/errors.ts";
import type { Channels } from "./channels.ts";
import type { NewEvent, PublishedEvent } from "../port/events.ts";
import { enrich, recordOf } from "./enrich.ts";
import { createLine, type Line } from "./line.ts";
import type { LocalQueue } from "./local-queue.ts";
import type { Channel } from "../port/channel.ts";
import { createPlaces, type Places } from "./places.ts";
import type { Publisher } from "./publisher.ts";
import type { Validate } from "./validate.ts";

/** How events are sent: `once`, and whatever comes of it; or `durably`, until the bus, or the local queue, has them. */
export type Mode = "once" | "durably";

/** Sends events. */
export interface Outgoing {
  /** Sends events of one key in their order; all are checked before any is sent. Rejects with the error of the first that was not. */
  send(channel: Channel, events: readonly NewEvent[], key: string | undefined, mode: Mode): Promise<PublishedEvent[]>;
  /** Events that were refused since they are not as they have to be. */
  readonly invalid: number;
  /** Resolves once all that was sent before has ended. */
  idle(): Promise<void>;
}

interface OutgoingParts {
  publisher: Publisher;
  /** undefined: every event goes unchecked. */
  validate: Validate | undefined;
  /** undefined: what the bus does not take is refused. */
  queue: LocalQueue | undefined;
  channels: Channels;
}

/** Makes it. */
export function createOutgoing({ publisher, validate, queue, channels }: OutgoingParts): Outgoing {
  const lines = new Map<string, { line: Line; places: Places }>();
  let invalid = 0;
  queue?.start(channels.get);

  const publishDurably = async (channel: Channel, records: BusRecord[]): Promise<ReadonlyMap<BusRecord, Error>> => {
    if (queue === undefined) return publisher.send(channel, records);
    if (queue.has(channel)) {
      queue.add(channel, records);
      return new Map();
    }
    const failed = await publisher.send(channel, records);
    const later = records.filter((record) => isForLater(failed.get(record)));
    if (later.length === 0) return failed;
    try {
      queue.add(channel, later);
    } catch (error) {
      // What was not kept is refused, and nothing else. It may be on the bus where nobody knows: then that is what is told.
      for (const record of later) if (!isUnknown(failed.get(record))) failed.set(record, error as Error);
      return failed;
    }
    for (const record of later) failed.delete(record);
    return failed;
  };
  const lineOf = (channel: Channel, mode: Mode) => {
    const name = `${mode} ${channel.name}`;
    const send = mode === "once" ? (records: BusRecord[]) => publisher.send(channel, records, { once: true }) : undefined;
    const known = lines.get(name);
    if (known !== undefined) return known;
    const own = { line: createLine(send ?? ((records) => publishDurably(channel, records))), places: createPlaces() };
    lines.set(name, own);
    return own;
  };
  const check = async ({ topic }: Channel, event: NewEvent, key: string | undefined) => {
    try {
      const enriched = enrich(event);
      await validate?.(enriched);
      return { event: enriched, record: recordOf(topic, enriched, key) };
    } catch (error) {
      invalid++;
      throw error;
    }
  };

  const underWay = new Set<Promise<unknown>>();
  const sendAll: Outgoing["send"] = async (channel, events, key, mode) => {
    const { line, places } = lineOf(channel, mode);
    const checking = Promise.all(events.map((event) => check(channel, event, key)));
    const { checked, pushed } = await places(checking, (all) => ({
      checked: all,
      pushed: Promise.allSettled(all.map(({ record }) => line.push(record))),
    }));
    for (const one of await pushed) if (one.status === "rejected") throw one.reason;
    return checked.map(({ event }) => event);
  };

  return {
    async send(...args) {
      const sending = sendAll(...args);
      underWay.add(sending);
      return sending.finally(() => underWay.delete(sending));
    },
    get invalid() {
      return invalid;
    },
    async idle() {
      await Promise.allSettled(underWay);
    },
  };
}

/** What may be on the bus all the same. */
function isUnknown(error: Error | undefined): boolean {
  return error instanceof PublishError && error.outcome === "unknown";
}
