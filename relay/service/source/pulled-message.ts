import type { DeliveryMessage } from "@sightline/worker/delivery";
import { z } from "zod";

/** A message as the pull API hands it out. https://developers.cloudflare.com/queues/configuration/pull-consumers/ */
export const pulledMessage = z.object({
  id: z.string().min(1),
  lease_id: z.string().min(1),
  /** Milliseconds since 1970. */
  timestamp_ms: z.number().min(0).max(8.64e15),
  /** Deliveries so far, this one included. */
  attempts: z.number(),
  body: z.string(),
  metadata: z.object({ "CF-Content-Type": z.string().optional() }).nullish(),
});

/** A message as the pull API hands it out. */
export type PulledMessage = z.output<typeof pulledMessage>;

/** The message as the pipeline takes it. */
export function deliveryMessage({ id, attempts, timestamp_ms, body, metadata }: PulledMessage): DeliveryMessage<Buffer> {
  const type = metadata?.["CF-Content-Type"];
  return { id, attempts, sent_at: new Date(timestamp_ms).toISOString(), body: Buffer.from(textOf(body, type)) };
}

/** `json` and `bytes` come in base64, `text` as it is. What is neither stays as it came: it goes to the dead letters, and loses nothing. */
function textOf(body: string, type: string | undefined): string {
  if (type !== "json" && type !== "bytes") return body;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(body, "base64"));
  } catch {
    return body;
  }
  return type === "json" ? jsonText(text) : text;
}

/** A pack that was sent as json is a JSON string; any other value is no pack, and is kept as its JSON. */
function jsonText(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "string" ? value : json;
  } catch {
    return json;
  }
}
