/** What the queue emulator is asked, as Cloudflare's API takes it. https://developers.cloudflare.com/api/resources/queues/ */
import { z } from "zod";
import { type NewMessage, sizeOf } from "./queue-store.ts";

/** Limits of Cloudflare Queues. https://developers.cloudflare.com/queues/platform/limits/ */
const MESSAGE_BYTES = 128_000;
const SEND_BYTES = 256_000;
const BATCH_MESSAGES = 100;
const TWELVE_HOURS_S = 43_200;

/** A request that is refused, with Cloudflare's form of an error. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: 400 | 401 | 404 | 413;
  /** A number for machines; where Cloudflare documents none, one of ours. */
  readonly code: number;

  constructor(status: Refused["status"], code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const delay_seconds = z.number().int().min(0).max(TWELVE_HOURS_S).optional();
const lease = z.object({ lease_id: z.string() });

/** Of `…/messages/pull`. */
export const pullBody = z.object({
  batch_size: z.number().int().min(1).max(BATCH_MESSAGES).default(5),
  visibility_timeout_ms: z
    .number()
    .int()
    .min(0)
    .max(TWELVE_HOURS_S * 1000)
    .default(30_000),
});

/** Of `…/messages/ack`. */
export const ackBody = z.object({
  acks: z.array(lease).default([]),
  retries: z.array(lease.extend({ delay_seconds })).default([]),
});

const message = z.discriminatedUnion("content_type", [
  z.object({ content_type: z.literal("text"), body: z.string(), delay_seconds }),
  z.object({ content_type: z.literal("json"), body: z.unknown(), delay_seconds }),
  // Cloudflare's API takes none of these; its producers in Workers do.
  z.object({ content_type: z.literal("bytes"), body: z.base64(), delay_seconds }),
]);

/** Of `…/messages`. Without a type a message is json. */
export const sendBody = z
  .preprocess((value) => (typeof value === "object" ? { content_type: "json", ...value } : value), message)
  .transform(newMessage);

/** Of `…/messages/batch`; its own delay is for those that say none. */
export const batchBody = z
  .object({ messages: z.array(sendBody).min(1).max(BATCH_MESSAGES), delay_seconds })
  .transform((batch) => batch.messages.map((one) => ({ ...one, delaySeconds: one.delaySeconds ?? batch.delay_seconds })));

/** Reads a body of JSON; none counts as `{}`. Throws a {@link Refused}. */
export function readBody<T>(schema: z.ZodType<T>, text: string): T {
  let value: unknown;
  try {
    value = text === "" ? {} : JSON.parse(text);
  } catch {
    throw new Refused(400, 10_026, "expected a body of JSON");
  }
  const { data, error } = schema.safeParse(value);
  if (error) throw new Refused(400, 10_026, error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
  return data as T;
}

/** Throws a {@link Refused} where the messages are more than a send may have. */
export function checkSize(messages: readonly NewMessage[]): void {
  const sizes = messages.map(sizeOf);
  const largest = Math.max(...sizes);
  if (largest > MESSAGE_BYTES)
    throw new Refused(413, 10_207, `expected a message of at most ${MESSAGE_BYTES} bytes, got ${largest}`);
  const sum = sizes.reduce((total, size) => total + size, 0);
  if (sum > SEND_BYTES) throw new Refused(413, 10_207, `expected messages of at most ${SEND_BYTES} bytes together, got ${sum}`);
}

function newMessage({ body, content_type, delay_seconds: delaySeconds }: z.output<typeof message>): NewMessage {
  const json = (): string => Buffer.from(JSON.stringify(body ?? null)).toString("base64");
  return { body: content_type === "json" ? json() : body, contentType: content_type, delaySeconds };
}
