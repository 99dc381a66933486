import type { Group } from "../lib/command.ts";
import { compact } from "./compact.ts";
import { files } from "./files.ts";
import { parquet } from "./parquet.ts";
import { postgres } from "./postgres.ts";

/** `sightline store …`: where events live for queries. */
export const store: Group = { commands: { parquet, postgres, compact, files } };
