/** EventBridge: the event bus, and whether anybody gets what is published. */
import { EventBridgeClient, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { type Finding, findings } from "../../port/finding.ts";
import { clientConfig } from "../aws/client.ts";
import { describeBus } from "./eventbridge.ts";
import type { EventbridgeOptions } from "./settings.ts";

const { ok, warn } = findings("bus");

/** Asks for the bus and its rules. Rejects where it cannot be had. */
export async function checkEventbridge(options: EventbridgeOptions): Promise<Finding[]> {
  const client = new EventBridgeClient(clientConfig(options, 2));
  try {
    await describeBus(client, options);
    return [ok(`the event bus ${options.bus} is there, in ${options.region}`), await rules(client, options)];
  } finally {
    client.destroy();
  }
}

async function rules(client: EventBridgeClient, { bus: EventBusName }: EventbridgeOptions): Promise<Finding> {
  try {
    const { Rules = [] } = await client.send(new ListRulesCommand({ EventBusName }));
    const enabled = Rules.filter(({ State }) => State !== "DISABLED");
    if (enabled.length > 0) return ok(`it has rules: ${enabled.map(({ Name }) => Name).join(", ")}`);
    return warn("it has no rule that is enabled: what is published is dropped", "make a rule with a target, or an archive");
  } catch (error) {
    if ((error as Error).name !== "AccessDeniedException") throw error;
    return ok("its rules may not be listed, so whether anybody gets what is published is not known");
  }
}
