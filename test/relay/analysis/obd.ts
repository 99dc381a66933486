/** The logs of the Open Bandit Dataset as envelopes, and the figures that are known of them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { logEvents } from "../../../demo/replay/log-events.ts";
import { checkLog } from "../../../demo/replay/log-file.ts";
import type { Envelope } from "../../../worker/src/envelope/envelope.ts";

const FOLDER = fileURLToPath(new URL("../../../../shared/data/obd", import.meta.url));
const FILES = { bts: join(FOLDER, "men-bts.csv"), random: join(FOLDER, "men-random.csv") };

/** Why the logs cannot be read here; undefined where they can. */
export const missingLogs: string | undefined = Object.values(FILES).find((file) => !existsSync(file));

/** The events of a log, as the collector makes them of a replay. */
export async function obdEnvelopes(log: keyof typeof FILES): Promise<Envelope[]> {
  const checked = await checkLog(FILES[log]);
  const envelopes: Envelope[] = [];
  for await (const event of logEvents(FILES[log]).eventsOf(checked.read())) {
    const { event_id, event_type, timestamp, request_id } = event;
    const occurred_at = new Date(timestamp!).toISOString();
    envelopes.push({
      id: event_id!,
      type: event_type === "exposure" ? "rec.exposure.recorded.v1" : "rec.outcome.recorded.v1",
      version: 1,
      event_type,
      occurred_at,
      received_at: occurred_at,
      source: "server/1.0.0",
      correlation_id: request_id!,
      trace_id: "0af7651916cd43dd8448eb211c80319c",
      payload: event as Envelope["payload"],
      metadata: {
        partition_key: request_id!,
        tenant_id: "demo",
        key_kind: "server",
        flags: [],
        schema: `${event_type}@1`,
        content_hash: "0".repeat(32),
      },
    });
  }
  return envelopes;
}

const position = (exposures: number, clicks: number) => ({ exposures, clicks, repeated_clicks: 0 });

/** What verify has to say of each. */
export const obdFigures = {
  bts: {
    exposures: 10_000,
    outcomes: { click: 69 },
    joined: 69,
    orphans: 0,
    by_position: { "1": position(3339, 30), "2": position(3262, 21), "3": position(3399, 18) },
  },
  random: {
    exposures: 10_000,
    outcomes: { click: 46 },
    joined: 46,
    orphans: 0,
    by_position: { "1": position(3284, 10), "2": position(3388, 22), "3": position(3328, 14) },
  },
};

/** By obp 0.5.7, of the uniform policy on men-bts.csv. */
export const OBP_UNIFORM = { ipw: 0.0030086263, snipw: 0.0031894232 };
