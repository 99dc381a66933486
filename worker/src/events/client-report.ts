import * as z from "zod/mini";
import { json, wireEvent } from "./schema.ts";
import type { EventType } from "./event-type.ts";

const count = z.int().check(z.gte(0));

/**
 * What an SDK lost: `dropped` counts events by cause; other keys are free. SDKs of versions before sent `previous` too: where the session before
 * ended, as its `session_id` and `last_seq`.
 */
const report = z.catchall(z.object({ dropped: z.exactOptional(z.record(z.string(), count)) }), json);

/** An SDK's own count of what it dropped, by cause. */
export const clientReport: EventType = {
  name: "client_report",
  version: 1,
  description: "What an SDK dropped, counted by cause; of versions before, also where the session before ended (`previous`).",
  envelope: "edge.client.reported.v1",
  schema: wireEvent.extend({ payload: report }),
};
