/** Makes events of a log's rows. Ids come from the file's name and the row's number alone, so that a second run is a resend. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { WireEvent } from "../../client/src/wire/index.ts";
import type { LogRow } from "./log-row.ts";

/** Characters of the file's name in an id; the rest of the 64 is for the row's number. */
const NAME_LENGTH = 40;

/** How the rows of one log become events. */
export interface LogEvents {
  /** The surface they all carry. */
  surface: string;
  /** An exposure for each row, and after it a click where there was one. */
  eventsOf(rows: AsyncIterable<LogRow>): AsyncGenerator<WireEvent>;
}

/** The events of the log that is called `file`. */
export function logEvents(file: string): LogEvents {
  const name = basename(file).replace(/\.csv$/i, "");
  const id = shortName(name);
  const surface = `obd.${id}`;
  return {
    surface,
    async *eventsOf(rows) {
      let number = 0;
      for await (const row of rows) {
        const request_id = `obd_${id}_${++number}`;
        const { itemId: item_id, position, propensity, timestamp } = row;
        const common = {
          request_id,
          surface,
          unit_type: "user",
          unit_id: unitId(row.features),
          context: { policy_version_id: name },
        };
        const items = [{ item_id, position, propensity, basis: "vouched" as const }];
        yield { event_id: `${request_id}_e`, event_type: "exposure", timestamp, ...common, items };
        if (!row.clicked) continue;
        const click = { event_id: `${request_id}_c`, event_type: "click", timestamp: oneSecondLater(timestamp), ...common };
        yield { ...click, item_id, position };
      }
    },
  };
}

/** The name in the characters of an id. What does not fit, or is replaced, is told apart by a hash. */
function shortName(name: string): string {
  const clean = name.replaceAll(/[^A-Za-z0-9_-]/g, "_");
  if (clean === name && clean.length <= NAME_LENGTH) return clean;
  return `${clean.slice(0, NAME_LENGTH - 9)}_${digest(name).slice(0, 8)}`;
}

/** The log has no user ids: users with the same features are one unit. */
function unitId(features: string[]): string {
  return `u_${digest(features.join("\n")).slice(0, 16)}`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Microseconds kept. */
function oneSecondLater(timestamp: string): string {
  const later = new Date(Date.parse(`${timestamp.slice(0, 19)}Z`) + 1_000).toISOString();
  return later.slice(0, 19) + timestamp.slice(19);
}
