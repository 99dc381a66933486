import { config } from "./config/config.ts";
import { dedup } from "./dedup/dedup.ts";
import { dlq } from "./dlq/dlq.ts";
import { doctor } from "./doctor/doctor.ts";
import { keys } from "./keys/keys.ts";
import { outbox } from "./outbox/outbox.ts";
import { queueEmulator } from "./serve/queue-emulator.ts";
import { relay } from "./serve/relay.ts";
import { query } from "./query/query.ts";
import { store } from "./store/store.ts";
import { stream } from "./stream/stream.ts";
import { exporting } from "./export/export.ts";
import { ope } from "./analysis/ope.ts";
import { tail } from "./analysis/tail.ts";
import { verify } from "./analysis/verify.ts";
import type { Commands } from "./lib/command.ts";

/** Every command of `sightline`, in the order in which the help names them. */
export const commands = {
  relay,
  verify,
  ope,
  export: exporting,
  tail,
  query,
  store,
  stream,
  dlq,
  dedup,
  doctor,
  config,
  keys,
  outbox,
  "queue-emulator": queueEmulator,
} satisfies Commands;
