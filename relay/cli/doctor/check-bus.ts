/** The bus: does it respond, are the topics there, is what they hold kept more than once? Nothing is written and nobody is fenced. */
import { createBus, isReadable } from "../../bus/create.ts";
import { type Finding, findings, reasonOf } from "../../bus/port/finding.ts";
import { allTopics } from "../../bus/port/topics.ts";
import type { BusConfig } from "../../bus/settings.ts";
import type { Config } from "../../service/settings/config.ts";

const { ok, warn, fail } = findings("bus");

/** Looks at the bus that the settings name. */
export async function checkBus(
  { bus, postgresStore }: Pick<Config, "bus"> & Partial<Pick<Config, "postgresStore">>,
  services: readonly string[] = [],
): Promise<Finding[]> {
  const stores = postgresStore?.databaseUrl === undefined ? [] : [postgresStore.group];
  const { adapter, options, place, disabledBy } = bus;
  if (disabledBy !== undefined)
    return [warn(`${disabledBy}: the relay takes nothing`, "change that once events are to be delivered")];
  try {
    return adapter.check ? await adapter.check(options, place, [...stores, ...services]) : [await read(bus)];
  } catch (error) {
    const found = `${place.publisher} does not answer: ${reasonOf(error)}`;
    return [fail(found, "see that it runs, and that the settings name it")];
  }
}

/** A bus that can be read to its end can be had. */
async function read(chosen: BusConfig): Promise<Finding> {
  const absence = chosen.adapter.absence?.(chosen.place);
  if (absence !== undefined) return ok(`${absence}. The relay creates it when it first starts`);
  const bus = await createBus(chosen);
  try {
    if (!isReadable(bus)) return ok(`${bus.name} is set up; it cannot be read, and so not be looked at from here`);
    let records = 0;
    for await (const _ of bus.read({ topics: allTopics(chosen.topics), from: { last: 1 } })) records++;
    if (!bus.durable)
      return warn(`${bus.name} keeps nothing when the relay ends`, "set EVENT_PUBLISHER to a bus that is durable");
    return ok(`${bus.name} can be read${records === 0 ? ", and is empty" : ""}`);
  } finally {
    await bus.close();
  }
}
