/**
 * Takes a queue's message apart: into its envelopes, each read once for its keys, its bytes kept as they came. What cannot be read is
 * a line of its own, so that one bad line never takes its pack along.
 */
import { NewerPack, type OpenPack, openPack } from "@sightline/worker/pack";
import type { Keys } from "../../state/keys.ts";
import type { Line } from "./line.ts";
import { envelopeReader } from "./read-envelope.ts";

/** A message: its lines, or a reason to have it delivered later. */
export type DecodedBody = { lines: Line[] } | { later: string };

/** Decodes the body of a message; `keys` are those of the store. Never throws. */
export function decode(body: Buffer, keys: Keys): DecodedBody {
  let pack: OpenPack;
  try {
    pack = openPack(body);
  } catch (error) {
    // A newer collector was deployed before its relay: not poison. The queue keeps the pack until this relay is replaced.
    if (error instanceof NewerPack) return { later: error.message };
    return { lines: [{ line: body.toString(), code: "undecodable_pack", message: (error as Error).message, tenant_id: "" }] };
  }
  const { header, bytes, starts } = pack;
  const read = envelopeReader(header.tenant_id, keys);
  const lines: Line[] = [];
  for (let nth = 0; nth + 1 < starts.length; nth++) lines.push(read(bytes, starts[nth]!, starts[nth + 1]! - 1));
  return { lines };
}
