/** Looks at everything that the relay needs, and says what to do. Nothing is pulled, published or fenced. */
import { ConfigError } from "../../lib/settings.ts";
import { configRows, readConfig } from "../../service/settings/config.ts";
import { checkBus } from "./check-bus.ts";
import { checkClock } from "./check-clock.ts";
import { checkQueue } from "./check-queue.ts";
import { checkRelay } from "./check-relay.ts";
import { checkSlot } from "./check-slot.ts";
import { checkStore } from "./check-store.ts";
import { type Finding, findings, reasonOf } from "../../bus/port/finding.ts";

/** The findings, check by check; `groups` are those of services. Where the settings are wrong there is nothing else to look at. */
export async function examine(env: NodeJS.ProcessEnv, groups: readonly string[] = []): Promise<Finding[]> {
  const { ok, fail } = findings("config");
  let config: ReturnType<typeof readConfig>;
  try {
    config = readConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => fail(problem, "correct this variable; sightline config lists all of them"));
  }
  const rows = configRows(env);
  const settings = ok(`${rows.length} settings, ${rows.filter(({ set }) => set).length} of them from the environment`);
  const token =
    config.service.source === "push" && config.service.token === undefined
      ? [fail("RELAY_TOKEN: expected a token, since SOURCE is push", "set it here and at the collector: 16 characters or more")]
      : [];
  const found = await Promise.all([
    settled("relay", () => checkRelay(config)),
    settled("queue", () => checkQueue(config)),
    settled("bus", () => checkBus(config, groups)),
    settled("slot", () => checkSlot(config)),
    settled("store", () => checkStore(config)),
    settled("clock", () => checkClock(config)),
  ]);
  return [settings, ...token, ...found.flat()];
}

/** A check that fails in a way it did not foresee is a finding too. */
async function settled(name: Parameters<typeof findings>[0], check: () => Finding[] | Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await check();
  } catch (error) {
    const { fail } = findings(name);
    return [fail(`could not be checked: ${reasonOf(error)}`, "see to what it says, and ask again")];
  }
}
