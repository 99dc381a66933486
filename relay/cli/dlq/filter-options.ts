/** What `sightline dlq list` and `sightline dlq replay` have in common: which dead letters are meant. */
import type { TopicNames } from "../../bus/port/topics.ts";
import type { Wanted } from "../../bus/records/dead-letter.ts";
import { dlqTopics } from "../../bus/records/read-dead-letters.ts";
import { JSON_OPTION, type Option, UsageError } from "../lib/command.ts";
import { readSince } from "../lib/since.ts";

/** The options. */
export const filterOptions = {
  topic: { type: "string", value: "T", help: "dead letters of this topic only, by its full name or its type" },
  error: { type: "string", value: "CODE", help: "those of this error_code only" },
  since: { type: "string", value: "TIME", help: "those that failed since: 2h, 7d, or a time, UTC where it names no zone" },
  json: JSON_OPTION,
} as const satisfies Record<string, Option>;

/** Their values, and the topics of dead letters to read. Throws a {@link UsageError}. */
export function readFilterOptions(
  { topic, error, since }: Record<string, unknown>,
  settings: TopicNames,
): { topics: string[]; wanted: Wanted } {
  const topics = dlqTopics(settings, topic as string | undefined);
  if (topics.length === 0) {
    throw new UsageError(`--topic: expected one of ${dlqTopics(settings).join(", ")}, got ${String(topic)}`);
  }
  const wanted = {
    error: error as string | undefined,
    since: since === undefined ? undefined : readSince(String(since), new Date()),
  };
  return { topics, wanted };
}
