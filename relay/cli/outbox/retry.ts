import { retryFailed } from "../../eventbus/outbox/operate.ts";
import { formatNumber } from "../../lib/format-number.ts";
import { readConfig } from "../../service/settings/config.ts";
import { type Command, JSON_OPTION, UsageError } from "../lib/command.ts";
import { jsonLine } from "../lib/json-line.ts";
import { withDatabase } from "./database.ts";

/** `sightline outbox retry`: has failed events published again. */
export const retry: Command = {
  usage: "sightline outbox retry [ID] [--json]",
  summary: "has failed events published again under their event_id, all or one, after what was published since",
  options: { json: JSON_OPTION },
  args: ["[ID]"],
  finishes: true,
  async run({ values, env, args: [id], io }) {
    if (id !== undefined && !/^\d{1,18}$/.test(id))
      throw new UsageError(`expected an id that sightline outbox failed shows, got ${id}`);
    const retried = await withDatabase(readConfig(env).outbox, (client) => retryFailed(client, id));
    io.stdout.write(values["json"] === true ? jsonLine({ retried }) : `${formatNumber(retried)} to be published again\n`);
    return id === undefined || retried > 0 ? 0 : 1;
  },
};
