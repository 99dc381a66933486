/** Which bus the environment chooses, and how it is to be used. */
import { z } from "zod";
import { addProblems, flag, type Options, readSettings, setting, text } from "../lib/settings.ts";
import { policySettings, type PolicyOptions } from "./policy/settings.ts";
import type { Adapter, BusPlace } from "./port/adapter.ts";
import type { TopicNames } from "./port/topics.ts";
import * as registry from "./registry.ts";

/** Every adapter there is, by name: in which order a module's exports are listed depends on who loads it. */
export const ADAPTERS: readonly Adapter[] = Object.values(registry).toSorted((a, b) => (a.names[0] < b.names[0] ? -1 : 1));

/** The settings that all buses have in common. */
export const busSettings = (adapters: readonly Adapter[] = ADAPTERS) => ({
  publisher: setting(
    "EVENT_PUBLISHER",
    z
      .enum(adapters.flatMap(({ names }) => names))
      .prefault("local")
      .describe(`the bus: ${adapters.map(({ names, summary }) => `${names.join(" or ")} (${summary})`).join(", ")}`),
  ),
  enabled: setting("ENABLE_EVENT_BUS", flag("true").describe("false: the relay takes nothing, and the queue keeps the events")),
  dlqSuffix: setting("DLQ_TOPIC_SUFFIX", text.prefault(".dlq").describe("put after a topic's name for its dead letters")),
  deadLetters: setting(
    "ENABLE_DLQ",
    flag("true").describe("false: what can never be delivered stays in its queue, and ends in the queue's own dead letters"),
  ),
});

/** The bus that is chosen. */
export interface BusConfig {
  adapter: Adapter;
  /** Values of the adapter's settings. */
  options: Options<Adapter["settings"]>;
  place: BusPlace;
  /** False: nothing is taken. */
  enabled: boolean;
  /** Why it is not enabled; undefined where it is. */
  disabledBy: string | undefined;
  /** False: what can never be delivered stays in its queue. */
  deadLetters: boolean;
  topics: TopicNames;
  policy: PolicyOptions;
}

/** Reads what the environment says of the bus; a line in `problems` for each setting that is wrong, those of other adapters too. */
export function readBusConfig(
  env: NodeJS.ProcessEnv,
  { dataDir, slot }: Pick<BusPlace, "dataDir" | "slot">,
  problems: string[],
  adapters: readonly Adapter[] = ADAPTERS,
): BusConfig {
  const { publisher, enabled: wanted, dlqSuffix, deadLetters } = readSettings(busSettings(adapters), env, problems);
  const all = new Map(adapters.map((adapter) => [adapter, readOwn(adapter, env, problems)]));
  const policy = readSettings(policySettings, env, problems);
  const chosen = adapters.find(({ names }) => names.includes(publisher));
  const adapter = chosen ?? adapters[0]!;
  const options = all.get(adapter)!;
  addProblems(problems, chosen?.problems?.(options, publisher) ?? []);
  const prefix = typeof options["topicPrefix"] === "string" ? options["topicPrefix"] : "";
  const topics = { prefix, dlqSuffix };
  const disabledBy = wanted ? chosen?.disabledBy?.(options, publisher) : "ENABLE_EVENT_BUS is false";
  const place = { publisher, dataDir, slot, topics };
  return { adapter, options, place, enabled: disabledBy === undefined, disabledBy, deadLetters, topics, policy };
}

/** The settings of an adapter. Two may have one in common, which is told as wrong once. */
function readOwn({ settings }: Adapter, env: NodeJS.ProcessEnv, problems: string[]): Options<Adapter["settings"]> {
  const own: string[] = [];
  const options = readSettings(settings, env, own);
  addProblems(problems, own);
  return options;
}
