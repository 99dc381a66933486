import { add } from "./add.ts";
import { list } from "./list.ts";
import { revoke } from "./revoke.ts";
import { rotate } from "./rotate.ts";
import { set } from "./set.ts";
import type { Commands } from "../lib/command.ts";

/** `sightline keys …`: the collector's write keys, in the KV namespace that it reads. */
export const keys: { commands: Commands } = { commands: { add, list, set, rotate, revoke } };
