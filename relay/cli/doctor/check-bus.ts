/** The bus: does it answer, are the topics there, is what they hold kept more than once? Nothing is written and nobody is fenced. */
import { createBus } from "../../bus/create.ts";
import { allTopics } from "../../bus/port/topics.ts";
import type { Config } from "../../service/settings/settings.ts";
import { type Finding, findings, reasonOf } from "../../bus/port/finding.ts";

const { ok, warn, fail } = findings("bus");

/** Looks at the bus that the settings name. */
export async function checkBus(config: Config): Promise<Finding[]> {
  if (!config.ENABLE_EVENT_BUS) {
    return [warn("ENABLE_EVENT_BUS is false: the relay takes nothing", "unset it once events are to be delivered")];
  }
  try {
    const { EVENT_PUBLISHER: name } = config;
    if (name === "kafka" || name === "redpanda") {
      const { checkKafka } = await import("../../bus/adapters/kafka/check.ts");
      return await checkKafka(config);
    }
    return [await read(config)];
  } catch (error) {
    return [
      fail(`${config.EVENT_PUBLISHER} does not answer: ${reasonOf(error)}`, "see that it runs, and that the settings name it"),
    ];
  }
}

/** A bus that can be read to its end can be had. */
async function read(config: Config): Promise<Finding> {
  const bus = await createBus(config);
  try {
    let records = 0;
    for await (const _ of bus.read({ topics: allTopics(config), from: { last: 1 } })) records++;
    if (!bus.capabilities.durable) {
      return warn(`${bus.name} keeps nothing when the relay ends`, "set EVENT_PUBLISHER to a bus that is durable");
    }
    return ok(`${bus.name} can be read${records === 0 ? ", and is empty" : ""}`);
  } finally {
    await bus.close();
  }
}
