import { JSON_OPTION, type Command } from "../lib/command.ts";
import { printableLines } from "../../lib/printable.ts";
import { openWriteKeys } from "./write-keys.ts";
import { ownerOptions, readPolicy, ruleOptions, RULES_USAGE } from "./policy-options.ts";
import { showKey } from "./show-key.ts";

/** `sightline keys add`: a new key. */
export const add: Command = {
  usage: `sightline keys add --tenant T --kind web|server ${RULES_USAGE} [--json]`,
  summary: "creates a write key and prints it, this once: only its hash is kept",
  onStack: true,
  finishes: true,
  options: { ...ownerOptions, ...ruleOptions, json: JSON_OPTION },
  async run({ values, env, io }) {
    const policy = readPolicy(values, undefined);
    const created = await openWriteKeys(env).create(policy);
    showKey(io.stdout, created, values["json"] === true);
    io.stderr.write(printableLines(`key ${created.id} of tenant ${policy.tenant_id} is created, and is not shown again`));
    return 0;
  },
};
