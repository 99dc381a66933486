import type { Group } from "../lib/command.ts";
import { files } from "./files.ts";

/** `sightline store …`: where events live for queries. */
export const store: Group = { commands: { files } };
