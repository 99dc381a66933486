/** How a topic may be called, and for how long it keeps what it has: two forms, so that a name says what a topic is for. */

import { DAY_MS } from "../../lib/day.ts";
import type { TopicNames } from "./topics.ts";

/** Category of a topic -> how long its topic keeps a record where it is created, milliseconds. */
export const CATEGORIES = {
  /** Streams of domain events. */
  transport: 7 * DAY_MS,
  /** Notifications for whoever is there now. */
  realtime: 4 * 60 * 60 * 1000,
  /** Of the system itself: workers, dead letters. */
  system: 30 * DAY_MS,
  /** Sagas. */
  saga: 7 * DAY_MS,
  /** The event store: ten years. */
  eventstore: 3652 * DAY_MS,
} as const satisfies Record<string, number>;

const WORD = "[a-z0-9]+(?:[-_][a-z0-9]+)*";
const OF_CATEGORY = new RegExp(`^(${Object.keys(CATEGORIES).join("|")})(?:\\.${WORD})+$`);
const OF_DOMAIN = new RegExp(`^(?:${WORD}\\.){2,}v[1-9]\\d*$`);
const FORMS = `{category}.{name} with a category of ${Object.keys(CATEGORIES).join(", ")}, or [domain.]entity.event.vN, in lower case; .dlq or .raw may follow`;

/** What is wrong with a topic's name, without prefix: what was expected; undefined where it is well. */
export function topicFault(name: string): string | undefined {
  const plain = plainOf(name);
  if (OF_CATEGORY.test(plain) || OF_DOMAIN.test(plain)) return undefined;
  return `expected ${FORMS}, got ${JSON.stringify(name)}`;
}

/** How long a topic that is created keeps a record, milliseconds, by its category; undefined: as the bus says. */
export function retentionMs({ prefix }: Pick<TopicNames, "prefix">, topic: string): number | undefined {
  const name = topic.startsWith(prefix) ? topic.slice(prefix.length) : topic;
  const category = OF_CATEGORY.exec(plainOf(name))?.[1];
  return category === undefined ? undefined : CATEGORIES[category as keyof typeof CATEGORIES];
}

/** What `.dlq` or `.raw` was put behind. */
function plainOf(name: string): string {
  return name.replace(/\.(?:dlq|raw)$/, "");
}
