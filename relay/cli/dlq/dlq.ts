import type { Commands } from "../lib/command.ts";
import { list } from "./list.ts";
import { replay } from "./replay.ts";
import { show } from "./show.ts";

/** `sightline dlq …`: the dead letters on the bus. */
export const dlq: { commands: Commands } = { commands: { list, show, replay } };
