/** The queues' consumer: each request is a full batch of packs of so many bytes, which it pushes to the relay whose address it names. */
import { push } from "../../../worker/src/out/push.ts";

/** Messages of a full batch: max_batch_size in wrangler.toml. */
const MESSAGES = 100;

const bodies = new Map<number, string>();

export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const settings = { relayUrls: [searchParams.get("relay") ?? ""], relayToken: "t", retryDelayMaxSeconds: 3600 };
    const body = bodyOf(Number(searchParams.get("bytes")));
    let acked = 0;
    const messages = Array.from({ length: MESSAGES }, (_, i) => ({
      id: `${i}`.padStart(32, "0"),
      timestamp: new Date(),
      body,
      attempts: 1,
      ack: () => void acked++,
      retry() {},
    }));
    await push({ queue: "sightline-events", messages }, settings);
    return new Response(null, { status: acked === MESSAGES ? 204 : 502 });
  },
};

function bodyOf(bytes: number): string {
  const body = bodies.get(bytes) ?? "x".repeat(bytes);
  bodies.set(bytes, body);
  return body;
}
