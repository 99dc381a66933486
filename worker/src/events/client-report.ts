import * as z from "zod/mini";
import { json, wireEvent } from "./schema.ts";
import type { EventType } from "./event-type.ts";

const count = z.int().check(z.gte(0));

/** What an SDK lost: `dropped` counts events by cause; other keys are free. */
const report = z.catchall(z.object({ dropped: z.exactOptional(z.record(z.string(), count)) }), json);

/** An SDK's own count of what it dropped, by cause. */
export const clientReport: EventType = {
  name: "client_report",
  version: 1,
  description: "What an SDK dropped, counted by cause.",
  envelope: "edge.client.reported.v1",
  schema: wireEvent.extend({ payload: report }),
};
