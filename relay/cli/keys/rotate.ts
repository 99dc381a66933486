import { JSON_OPTION, type Command } from "../lib/command.ts";
import { openWriteKeys } from "./write-keys.ts";
import { settledAt } from "./settled-at.ts";
import { showKey } from "./show-key.ts";

/** `sightline keys rotate`: a second key that takes the place of a first. */
export const rotate: Command = {
  usage: "sightline keys rotate ID [--json]",
  summary: "creates a second key with the same policy and prints it, this once; both are valid until the first is revoked",
  onStack: true,
  finishes: true,
  options: { json: JSON_OPTION },
  args: ["ID"],
  async run({ values: { json }, env, args: [id = ""], io }) {
    const store = openWriteKeys(env);
    const old = await store.find(id);
    if (old.revoked_at !== undefined) throw new Error(`key ${id} was revoked at ${old.revoked_at}: add a new one`);
    const created = await store.create(old.policy);
    showKey(io.stdout, created, json === true);
    io.stderr.write(
      `key ${created.id} has the policy of ${id}, and is not shown again\n` +
        `  1. after ${settledAt()}, when every collector knows it: give it to the senders\n` +
        `  2. when none sends with ${id} any more: sightline keys revoke ${id}\n` +
        "     what still comes with it then is refused for good, pages that are open or cached too\n",
    );
    return 0;
  },
};
