import type { Group } from "../lib/command.ts";
import { failed } from "./failed.ts";
import { migrate } from "./migrate.ts";
import { publish } from "./publish.ts";
import { retry } from "./retry.ts";

/** `sightline outbox …`: publishes what services have queued in Postgres. */
export const outbox: Group = { alone: publish, commands: { migrate, failed, retry } };
