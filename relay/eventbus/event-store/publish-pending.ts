import type { Queryable } from "../../lib/queryable.ts";
import { failPoint } from "../../lib/fail-point.ts";
import type { PublishedEvent } from "../port/events.ts";
import type { StreamPublisher } from "../port/stream-publisher.ts";
import { EVENTS } from "./tables.ts";

const PENDING = `SELECT stream_id, version, event FROM ${EVENTS} WHERE published = 0 AND (stream_id, version) > ($1, $2)
  ORDER BY stream_id, version LIMIT 500`;
const PUBLISHED = `UPDATE ${EVENTS} SET published = 1 WHERE stream_id = $1 AND version BETWEEN $2 AND $3`;

/**
 * Publishes what is pending. Versions of a stream have no gaps and are committed in their order, and each is confirmed before the next: so
 * the first time that each is on the bus is in order, although two processes that do this at once may publish one twice.
 */
export async function publishPending(db: Queryable, topic: string, bus: StreamPublisher): Promise<number> {
  let published = 0;
  const errors: unknown[] = [];
  for (let last: unknown[] = ["", 0]; ;) {
    const { rows } = await db.query(PENDING, last);
    const streams = Map.groupBy(rows, ({ stream_id }) => stream_id);
    const publishStream = async ([streamId, pending]: [unknown, typeof rows]): Promise<void> => {
      const confirmed: unknown[] = [];
      try {
        for (const { version, event } of pending) {
          await bus.publishStream(topic, JSON.parse(String(event)) as PublishedEvent, { partitionKey: String(streamId) });
          confirmed.push(version);
        }
      } finally {
        failPoint("after_publish");
        if (confirmed.length > 0) await db.query(PUBLISHED, [streamId, confirmed[0], confirmed.at(-1)]);
        published += confirmed.length;
      }
    };
    const done = await Promise.allSettled([...streams].map(publishStream));
    errors.push(...done.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : [])));
    // The last stream of a page may go on in the next one, and must not without its beginning.
    if (errors.length > 0)
      throw errors.length === 1
        ? errors[0]
        : new AggregateError(errors, `${errors.length} streams: ${(errors[0] as Error).message}`);
    if (rows.length < 500) return published;
    last = [rows.at(-1)!["stream_id"], rows.at(-1)!["version"]];
  }
}
