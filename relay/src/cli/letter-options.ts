/** What `sightline dlq list` and `sightline dlq replay` have in common: which letters are meant. */
import type { ParseArgsOptionsConfig } from "node:util";
import type { TopicSettings } from "../bus/topics.ts";
import type { Wanted } from "../dlq/letter.ts";
import { dlqTopics } from "../dlq/read-letters.ts";
import { UsageError } from "./command.ts";
import { readSince } from "./since.ts";

/** The options, as node:util parseArgs takes them. */
export const letterOptions = {
  topic: { type: "string" },
  error: { type: "string" },
  since: { type: "string" },
  json: { type: "boolean" },
} as const satisfies ParseArgsOptionsConfig;

/** Their values, and the topics of dead letters to read. Throws a {@link UsageError}. */
export function readLetterOptions(
  { topic, error, since }: Record<string, unknown>,
  settings: TopicSettings,
): { topics: string[]; wanted: Wanted } {
  const topics = dlqTopics(settings, topic as string | undefined);
  if (topics.length === 0) {
    throw new UsageError(`--topic: one of ${dlqTopics(settings).join(", ")} was expected, got ${String(topic)}`);
  }
  const wanted = {
    error: error as string | undefined,
    since: since === undefined ? undefined : readSince(String(since), new Date()),
  };
  return { topics, wanted };
}
