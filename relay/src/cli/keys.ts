import { add } from "../keys/add.ts";
import { list } from "../keys/list.ts";
import { revoke } from "../keys/revoke.ts";
import { rotate } from "../keys/rotate.ts";
import { set } from "../keys/set.ts";
import type { Commands } from "./command.ts";

/** `sightline keys …`: the collector's write keys, in the KV namespace that it reads. */
export const keys: { commands: Commands } = { commands: { add, list, set, rotate, revoke } };
