/** The channels that an EventBus knows: their names are checked, and their topics are made ready once. */
import { dlqName, type TopicNames } from "@sightline/bus/topics";
import { topicFault } from "@sightline/bus/topic-rules";
import { ValidationError } from "../port/errors.ts";
import type { Channel } from "../port/channel.ts";

/** Channels. */
export interface Channels {
  /** A channel by its name. Throws a {@link ValidationError} where that follows no rule. */
  get(name: string): Channel;
  /** Resolves once these topics are there. Rejects while the bus cannot be had. */
  ready(topics: readonly string[]): Promise<void>;
  /** Every channel that was asked for. */
  all(): Channel[];
}

interface ChannelsOptions {
  names: TopicNames;
  strict: boolean;
  /** Channels that are known from the start. */
  known: readonly string[];
  open(topics: string[]): Promise<void>;
}

/** Makes it. Throws a {@link ValidationError} where the name of a known one follows no rule. */
export function createChannels({ names, strict, known, open }: ChannelsOptions): Channels {
  const channels = new Map<string, Channel>();
  const opening = new Map<string, Promise<void>>();
  const get = (name: string): Channel => {
    const there = channels.get(name);
    if (there !== undefined) return there;
    const fault = strict ? topicFault(name) : name === "" ? "expected a name, got nothing" : undefined;
    if (fault !== undefined) throw new ValidationError("invalid_topic", "no such topic", [{ path: "", message: fault }]);
    const topic = names.prefix + name;
    const channel = { name, topic, dlq: name.endsWith(names.dlqSuffix) ? topic : dlqName(names, topic) };
    channels.set(name, channel);
    return channel;
  };
  for (const name of known) get(name);
  return {
    get,
    all: () => [...channels.values()],
    async ready(topics) {
      const missing = topics.filter((topic) => !opening.has(topic));
      if (missing.length > 0) {
        const fresh = open(missing);
        for (const topic of missing) opening.set(topic, fresh);
        fresh.catch(() => missing.forEach((topic) => opening.delete(topic)));
      }
      await Promise.all(topics.map((topic) => opening.get(topic)));
    },
  };
}

/** The topics of channels, and of their dead letters. */
export function topicsOf(channels: readonly Channel[]): string[] {
  return [...new Set(channels.flatMap(({ topic, dlq }) => [topic, dlq]))];
}
