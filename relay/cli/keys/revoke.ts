import type { Command } from "../lib/command.ts";
import { openWriteKeys } from "./write-keys.ts";
import { settledAt } from "./settled-at.ts";

/** `sightline keys revoke`: the end of a key. */
export const revoke: Command = {
  usage: "sightline keys revoke ID",
  summary: "has a key refused for good; to switch one off for a while, set --disabled true",
  onStack: true,
  finishes: true,
  options: {},
  args: ["ID"],
  async run({ env, args: [id = ""], io }) {
    const store = openWriteKeys(env);
    const key = await store.find(id);
    const since = await store.revoke(key);
    const said =
      key.revoked_at === undefined ? `is revoked; every collector refuses it after ${settledAt()}` : `was revoked at ${since}`;
    io.stderr.write(`key ${id} ${said}\n`);
    return 0;
  },
};
