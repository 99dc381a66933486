import { config } from "./config.ts";
import { dedup } from "./dedup.ts";
import { dlq } from "./dlq.ts";
import { doctor } from "./doctor.ts";
import { keys } from "./keys.ts";
import { queueEmulator } from "./queue-emulator.ts";
import { relay } from "./relay.ts";
import { tail } from "./tail.ts";
import { verify } from "./verify.ts";
import type { Commands } from "./command.ts";

/** Every command of `sightline`, in the order in which the help names them. */
export const commands = {
  relay,
  verify,
  tail,
  dlq,
  dedup,
  doctor,
  config,
  keys,
  "queue-emulator": queueEmulator,
} satisfies Commands;
