/** The source `push`: the queue's consumer Worker posts deliveries, and is answered a verdict for each message. */
import { createHash, timingSafeEqual } from "node:crypto";
import { type Delivery, type DeliveryAnswer, readDelivery } from "@sightline/worker/delivery";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Logger } from "pino";
import { NotTaking, type Pipeline } from "../pipeline.ts";

/** Bytes of a delivery: 100 messages of 128,000 bytes, the most that Cloudflare Queues hands over, and room for their headers. */
const MAX_BYTES = 13_000_000;
/** How long a delivery may take, milliseconds; the consumer Worker waits for 90 s. */
const DEADLINE_MS = 60_000;

interface PushOptions {
  pipeline: Pick<Pipeline, "take">;
  /** Bearer token that a delivery must carry. */
  token: string;
  /** Why nothing is taken now; undefined while the relay takes. */
  notTaking: () => string | undefined;
  log: Logger;
}

type Refusal = 400 | 401 | 413 | 503;

/** The route `POST /v1/deliveries`. */
export function pushRoutes({ pipeline, token, notTaking, log }: PushOptions): Hono {
  const app = new Hono();
  const expected = digest(`Bearer ${token}`);

  app.post(
    "/v1/deliveries",
    async (c, next) => {
      if (!timingSafeEqual(digest(c.req.header("authorization") ?? ""), expected)) {
        return refuse(c, 401, "unauthorized", "the relay's token was expected, as Authorization: Bearer");
      }
      const reason = notTaking();
      if (reason !== undefined) return busy(c, reason, 2);
      return next();
    },
    bodyLimit({
      maxSize: MAX_BYTES,
      onError: (c) => refuse(c, 413, "body_too_large", `a delivery of at most ${MAX_BYTES} bytes was expected`),
    }),
    async (c) => {
      let delivery: Delivery;
      try {
        delivery = readDelivery(await c.req.text());
      } catch (error) {
        return refuse(c, 400, "unreadable_delivery", (error as Error).message);
      }
      try {
        const verdicts = await beforeDeadline(pipeline.take(delivery));
        return c.json({ verdicts } satisfies DeliveryAnswer);
      } catch (error) {
        if (error instanceof NotTaking) return busy(c, error.message, error.retryAfter);
        log.error({ err: error, queue: delivery.queue }, "a delivery failed; the queue keeps it");
        return busy(c, "the relay failed; its log says why", 5);
      }
    },
  );
  return app;
}

function busy(c: Context, reason: string, seconds: number): Response {
  c.header("retry-after", String(Math.max(1, Math.ceil(seconds))));
  return refuse(c, 503, "not_taking", reason);
}

function refuse(c: Context, status: Refusal, code: string, message: string): Response {
  return c.json({ error: { code, message, details: {} } }, status);
}

/** Both sides are hashed, so that neither content nor length of the token shows in the time that comparing takes. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

async function beforeDeadline<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new NotTaking("the bus is slow: this delivery goes on, and comes again", 10)), DEADLINE_MS);
  });
  work.catch(() => {});
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
