/** Deliveries of packs with lines as the collector writes them, and lines that were changed by chance: the same for the same seed. */
import { seededRandom } from "../../faults/stage/random.ts";
import { writeDelivery } from "../../../worker/src/envelope/delivery.ts";
import type { Envelope } from "../../../worker/src/envelope/envelope.ts";
import { ODD_PIECES } from "../odd-pieces.ts";
import { envelope, message, pack } from "../queue.ts";

const IDS = ["event-01", "événement 😀", "a".repeat(400), "x:1:y", "event\\u002d01", "0", 'quote"'];
const TIMES = [
  "2026-01-01T10:00:00.000Z",
  "2026-01-01T10:00:00Z",
  "2026-01-01T10:00:00.123456789Z",
  "2026-01-01T12:00:00+02:00",
  "now",
];
const KINDS = ["exposure", "decision", "click", "purchase"] as const;

/** Makes the bytes of so many deliveries. */
export function makeDeliveries(count: number, seed: number): Buffer[] {
  const { between, oneOf } = seededRandom(seed);
  const below = (most: number): number => between(0, most - 1);
  const chance = (percent: number): boolean => between(1, 100) <= percent;
  let nth = 0;

  const whole = (): Envelope => {
    const id = chance(30) ? oneOf(IDS) : `event-${chance(30) ? below(nth + 1) : nth++}`;
    const items = Array.from({ length: below(5) }, (_, i) => ({
      item_id: chance(10) ? oneOf(IDS) : `item-${below(6)}`,
      ...(chance(30) ? { placement: `place-${i % 2}` } : {}),
    }));
    const given = envelope({
      id,
      event_type: oneOf(KINDS),
      items,
      request_id: chance(50) ? `req-${below(20)}` : `req-${id}`,
      timestamp: chance(20) ? oneOf(TIMES) : TIMES[0]!,
      key_kind: chance(20) ? "server" : "web",
      content_hash: chance(90) ? "ab".repeat(16) : `hash-${below(3)}`,
      ...(chance(10) ? { copies: 1 + below(4) } : {}),
    });
    if (chance(20))
      Object.assign(given.payload, {
        context: { id: "x", note: 'a "quote" \\ \n', metadata: { tenant_id: "other" }, deep: [[1.5e-7, -0]] },
      });
    return given;
  };
  const changed = (line: string): string => {
    let text = line;
    for (let left = 1 + below(3); left > 0; left--) {
      const at = below(text.length + 1);
      text = text.slice(0, at) + (chance(80) ? oneOf(ODD_PIECES) : "") + text.slice(at + below(5));
    }
    // A line is one line, as the collector's are.
    return text.replaceAll("\n", "");
  };
  const body = (): string => {
    if (chance(3)) return oneOf(["", "this is no pack", "{}", '{"v":9}\n{}']);
    const lines = Array.from({ length: 1 + below(8) }, () => (chance(25) ? changed(JSON.stringify(whole())) : whole()));
    const text = pack(lines);
    return chance(5) ? changed(text) : text;
  };

  return Array.from({ length: count }, (_, delivery) => {
    const messages = Array.from({ length: 1 + below(6) }, (_one, i) => message(`m-${delivery}-${chance(5) ? 0 : i}`, body()));
    const bytes = Buffer.from(writeDelivery({ queue: "sightline-events", messages }));
    // Here and there a byte that is no UTF-8.
    if (chance(5)) bytes[below(bytes.length)] = 0xff;
    return bytes;
  });
}
