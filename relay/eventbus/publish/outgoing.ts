/** The way of an event out of the service: checked, in its channel's line, and into the local queue where the bus does not take it now. */
import type { BusRecord } from "@sightline/bus/port";
import { EventBusError, type EventBusErrorCode } from "../port/errors.ts";
import type { Channels } from "./channels.ts";
import type { NewEvent, PublishedEvent } from "../port/events.ts";
import { enrich, recordOf } from "./enrich.ts";
import { createLine, type Line } from "./line.ts";
import type { LocalQueue } from "./local-queue.ts";
import type { Channel } from "../port/channel.ts";
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
  const lines = new Map<string, Line>();
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
    if (later.length > 0) queue.add(channel, later);
    for (const record of later) failed.delete(record);
    return failed;
  };
  const lineOf = (channel: Channel, mode: Mode): Line => {
    const name = `${mode} ${channel.name}`;
    const send = mode === "once" ? (records: BusRecord[]) => publisher.send(channel, records, { once: true }) : undefined;
    const line = lines.get(name) ?? createLine(send ?? ((records) => publishDurably(channel, records)));
    lines.set(name, line);
    return line;
  };
  const check = async (event: NewEvent): Promise<PublishedEvent> => {
    try {
      const enriched = enrich(event);
      await validate?.(enriched);
      return enriched;
    } catch (error) {
      invalid++;
      throw error;
    }
  };

  const underWay = new Set<Promise<unknown>>();
  const sendAll: Outgoing["send"] = async (channel, events, key, mode) => {
    const checked = await Promise.all(events.map(check));
    const line = lineOf(channel, mode);
    const pushed = checked.map((event) => line.push(recordOf(channel.topic, event, key)));
    for (const one of await Promise.allSettled(pushed)) if (one.status === "rejected") throw one.reason;
    return checked;
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

const LATER: ReadonlySet<string> = new Set<EventBusErrorCode>(["circuit_open", "publish_failed", "not_allowed"]);

/** What the bus may take at another time. */
function isForLater(error: Error | undefined): boolean {
  return error instanceof EventBusError && LATER.has(error.code);
}
