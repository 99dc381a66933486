/**
 * What is carried: exposures as the SDK writes them for the demo shop, through the collector itself. One type, so that everything is for
 * one topic, which is all that kcat can be given at a time.
 */
import type { WireEvent } from "@sightline/client/wire";
import { readPack } from "../../worker/src/envelope/pack.ts";
import { bundleWorker } from "../../worker/scripts/bundle-worker.ts";
import { startWorkerd } from "../../test/services/workerd.ts";
import { id, uuid } from "./ids.ts";

/** Events of one request to the collector, which becomes one pack. */
export const PACK_EVENTS = 20;
/** Exposures of one response of the recommender. */
const SHELF = 10;

/** A browser's, since other callers' events carry a flag. */
const BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

/** A pack of the collector's, and the ids in it that make an event and its request what they are. */
export interface SamplePack {
  text: string;
  /** As long as each other, and nowhere in the text by chance. */
  ids: string[];
}

/** Packs of {@link PACK_EVENTS} events, each of other sessions and requests. */
export async function collectPacks(count: number): Promise<SamplePack[]> {
  const workerd = await startWorkerd(await bundleWorker(new URL("workers/packs.ts", import.meta.url)));
  try {
    const packs: SamplePack[] = [];
    for (let nth = 0; nth < count; nth++) packs.push(await collect(workerd.port, nth));
    return packs;
  } finally {
    await workerd.close();
  }
}

async function collect(port: number, nth: number): Promise<SamplePack> {
  const { body, ids } = makeBody(nth, Date.now());
  const headers = { "content-type": "text/plain", origin: "https://shop.example", "user-agent": BROWSER };
  const response = await fetch(`http://127.0.0.1:${port}/v1/events?k=wk_demo`, { method: "POST", headers, body });
  const { status, packs } = (await response.json()) as { status: number; packs: string[] };
  const [text] = packs;
  if (status !== 202 || text === undefined || packs.length > 1 || readPack(text).lines.length !== PACK_EVENTS)
    throw new Error(`expected 202 and one pack of ${PACK_EVENTS} events of the collector, got ${status} and ${packs.length}`);
  return { text, ids };
}

function makeBody(nth: number, now: number): { body: string; ids: string[] } {
  const session = id("session", nth);
  const requests = Array.from({ length: PACK_EVENTS / SHELF }, (_, at) => id("request", nth * SHELF + at));
  const events = Array.from({ length: PACK_EVENTS }, (_, at): WireEvent => {
    const position = (at % SHELF) + 1;
    return {
      event_id: `${session}-${at + 1}`,
      event_type: "exposure",
      timestamp: new Date(now - (PACK_EVENTS - at) * 40).toISOString(),
      request_id: requests[Math.floor(at / SHELF)] ?? "",
      surface: "home.carousel",
      items: [
        {
          item_id: `sku-${10_000 + nth * SHELF + at}`,
          position,
          score: (at + 1) / 97,
          propensity: 1 / (at + 3),
          basis: "viewable",
        },
      ],
      seq: at + 1,
    } as WireEvent;
  });
  const common = {
    unit_type: "user",
    unit_id: `v_${id("visitor", nth)}`,
    context: { policy_version_id: "demo-softmax-1", app_version: "demo-shop/1", platform: "web" },
    experiments: [{ experiment_id: uuid(1), variant_id: uuid(nth % 2) }],
  };
  const body = { v: 1, sent_at: new Date(now).toISOString(), sdk: "web/0.1.0", session_id: session, common, events };
  return { body: JSON.stringify(body), ids: [session, ...requests] };
}
