import type { Commands } from "../lib/command.ts";
import { rebuild } from "./rebuild.ts";

/** `sightline dedup …`: what the relay remembers. */
export const dedup: { commands: Commands } = { commands: { rebuild } };
