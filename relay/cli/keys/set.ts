import { UsageError, type Command } from "../lib/command.ts";
import { openWriteKeys } from "./write-keys.ts";
import { readPolicy, ruleOptions, RULES_USAGE } from "./policy-options.ts";
import { settledAt } from "./settled-at.ts";

/** `sightline keys set`: another policy for a key. */
export const set: Command = {
  usage: `sightline keys set ID ${RULES_USAGE}`,
  summary: "changes what a key may do; the word default puts an option back; --disabled true is the kill switch",
  onStack: true,
  finishes: true,
  options: ruleOptions,
  args: ["ID"],
  async run({ values, env, args: [id = ""], io }) {
    if (!Object.keys(ruleOptions).some((name) => values[name] !== undefined)) {
      throw new UsageError(`nothing to change: expected an option\nusage: ${set.usage}`);
    }
    const store = openWriteKeys(env);
    const key = await store.find(id);
    await store.change(key, readPolicy(values, key.policy));
    io.stderr.write(`key ${id} is changed; every collector goes by it after ${settledAt()}\n`);
    return 0;
  },
};
