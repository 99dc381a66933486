import type { Commands } from "../lib/command.ts";
import { list } from "./dlq-list.ts";
import { replay } from "./dlq-replay.ts";
import { show } from "./dlq-show.ts";

/** `sightline dlq …`: the dead letters on the bus. */
export const dlq: { commands: Commands } = { commands: { list, show, replay } };
