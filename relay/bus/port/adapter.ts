/**
 * What an adapter says of itself. The settings it reads, `sightline config`, `sightline doctor`, docs/settings.md and the telemetry's name
 * of the bus all come from here; a new bus is a folder with one of these, and a line in bus/registry.ts.
 */
import type { Options, Settings } from "../../lib/settings.ts";
import type { Bus, Reader } from "./bus.ts";
import type { Finding } from "./finding.ts";
import type { Holder } from "./holder.ts";
import type { Subscriber } from "./subscriber.ts";
import type { TopicNames } from "./topics.ts";

/** Where a bus is used: what an adapter may need besides its own settings. */
export interface BusPlace {
  /** The name by which EVENT_PUBLISHER chose the adapter. */
  publisher: string;
  /** Folder of the relay's state. */
  dataDir: string;
  /**
   * Which of several relays this is. Undefined: no relay, but one of any number of services that publish side by side. Then batch numbers
   * mean nothing: nobody is fenced, no number is remembered, and a bus that is transactional for a relay is at-least-once.
   */
  slot: string | undefined;
  topics: TopicNames;
}

/** What an adapter makes: a bus, and what else it can do. */
export type AdapterBus = Bus & Partial<Reader> & Partial<Subscriber>;

/** What a bus can do, for whoever chooses one; a table in docs/buses.md, and what the contract's tests ask of it. */
export interface Capabilities {
  /** How often an event of a relay is on the bus: through crashes of the relay and outages of the bus. */
  relay: "exactly once" | "once, found by looking" | "at least once" | "at most once";
  /** The same of a service that publishes with the EventBus, which tries again under the same event_id. */
  service: "at least once" | "at most once";
  /** Records of one (topic, key) stay in order. */
  orderByKey: boolean;
  /** It can be read from its beginning, by `sightline verify`, `tail` and `dlq`. */
  read: boolean;
  /** What subscribers get; none where they subscribe by other means. */
  subscribe?: {
    /** Members of a group share the work, and the group goes on where it was. */
    groups: boolean;
    /** A new group can begin at the first record there is. */
    earliest: boolean;
    /** A subscriber without a group gets every record from now on. */
    everyone: boolean;
    /** What the group has not acknowledged can be counted. */
    lag: boolean;
    /** What a member plans to do with a lane is kept beside what the group has acknowledged, and told to whoever has the lane next. */
    plans: boolean;
  };
  /** The largest value of a record, as the bus's own documentation has it. */
  largest: string;
  /** What the tests run against, and what that does not show. */
  tested: string;
}

/** An adapter. */
export interface Adapter<D extends Settings = Settings> {
  /** Values of EVENT_PUBLISHER that choose it. */
  names: readonly [string, ...string[]];
  /** What it is, for whoever chooses: part of the meaning of EVENT_PUBLISHER. */
  summary: string;
  capabilities: Capabilities;
  /** Heading of its settings; none where it has none. */
  title: string;
  /** `messaging.system` of its spans, by OpenTelemetry's conventions. */
  system: string;
  /** Packages that it loads when it is chosen: whoever does not choose it need not have them. @default none */
  requires?: readonly string[];
  /** Its own settings. One that is called `topicPrefix` is put before every topic's name. */
  settings: D;
  /** What is missing or contradicts itself, a line each, where this adapter is chosen. @default nothing */
  problems?(options: Options<D>, publisher: string): string[];
  /**
   * Why these settings switch the bus off, which is no error: a relay then takes nothing, and whoever publishes otherwise goes on without it.
   * @default they do not
   */
  disabledBy?(options: Options<D>, publisher: string): string | undefined;
  /** Makes the bus; connects to nothing. Heavy libraries are loaded here, not with the adapter. */
  create(options: Options<D>, place: BusPlace): Promise<AdapterBus>;
  /** Why there is no such bus, where that can be told without connecting: it is another place than was meant, and not an empty bus. */
  absence?(place: BusPlace): string | undefined;
  /**
   * Its part of `sightline doctor`: writes nothing, fences nobody. `groups` are those that stores and services subscribe under by this login. Rejects where the
   * bus does not respond. @default it is read to its end
   */
  check?(options: Options<D>, place: BusPlace, groups: readonly string[]): Promise<Finding[]>;
  /**
   * Who published last in this relay's place; writes nothing, fences nobody. Rejects where the bus does not respond. @default the bus does not
   * remember it
   */
  holder?(options: Options<D>, place: BusPlace): Promise<Holder>;
}

/** Declares an adapter, and forgets the type of its settings: whoever chooses one has only its name. */
export function defineAdapter<D extends Settings>(adapter: Adapter<D>): Adapter {
  return adapter as unknown as Adapter;
}
