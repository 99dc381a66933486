import type { Group } from "../lib/command.ts";
import { files } from "./files.ts";
import { postgres } from "./postgres.ts";

/** `sightline store …`: where events live for queries. */
export const store: Group = { commands: { postgres, files } };
