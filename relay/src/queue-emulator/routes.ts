/** The routes of the queue emulator, in the shapes of Cloudflare's API. https://developers.cloudflare.com/api/resources/queues/ */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { bearer } from "../source/bearer.ts";
import { type NewMessage, queueIdOf, type QueueStore } from "./queue-store.ts";

/** Limits of Cloudflare Queues. https://developers.cloudflare.com/queues/platform/limits/ */
const MESSAGE_BYTES = 128_000;
const SEND_BYTES = 256_000;
const SEND_MESSAGES = 100;
const TWELVE_HOURS_S = 43_200;
/** Bytes of a request, at most: a batch whose every character is escaped in JSON. */
const BODY_BYTES = 2_000_000;

const delay = z.number().int().min(0).max(TWELVE_HOURS_S).optional();
const pullBody = z.object({
  batch_size: z.number().int().min(1).max(100).default(5),
  visibility_timeout_ms: z
    .number()
    .int()
    .min(0)
    .max(TWELVE_HOURS_S * 1000)
    .default(30_000),
});
const lease = z.object({ lease_id: z.string() });
const ackBody = z.object({
  acks: z.array(lease).default([]),
  retries: z.array(lease.extend({ delay_seconds: delay })).default([]),
});
const message = z.discriminatedUnion("content_type", [
  z.object({ content_type: z.literal("text"), body: z.string(), delay_seconds: delay }),
  z.object({ content_type: z.literal("bytes"), body: z.base64(), delay_seconds: delay }),
  z.object({ content_type: z.literal("json"), body: z.unknown(), delay_seconds: delay }),
]);
/** Without a type a message is json. */
const sendBody = z.preprocess((value) => (isObject(value) ? { content_type: "json", ...value } : value), message);
const batchBody = z.object({ messages: z.array(sendBody).min(1).max(SEND_MESSAGES), delay_seconds: delay });

interface RouteOptions {
  store: QueueStore;
  /** Names of the queues. */
  queues: readonly string[];
  accountId: string;
  token: string;
}

type Status = 400 | 401 | 404 | 413;

/** A request that is answered with a refusal. */
class Refused extends Error {
  readonly status: Status;
  readonly code: number;

  constructor(status: Status, code: number, text: string) {
    super(text);
    this.status = status;
    this.code = code;
  }
}

/** The routes, below `/client/v4`. */
export function queueRoutes({ store, queues, accountId, token }: RouteOptions): Hono {
  const isAllowed = bearer(token);
  const names = new Map(queues.map((name) => [queueIdOf(name), name]));
  const nameOf = (c: Context): string => {
    const name = names.get(c.req.param("queue") ?? "");
    if (name === undefined) throw new Refused(404, 11_000, "the queue does not exist");
    return name;
  };
  const metrics = (name: string) => {
    const { count, bytes, oldestMs } = store.backlog(name);
    return { metrics: { backlog_count: count, backlog_bytes: bytes, oldest_message_timestamp_ms: oldestMs } };
  };
  const send = (c: Context, messages: NewMessage[]) => {
    const name = nameOf(c);
    const bytes = messages.map(({ body }) => Buffer.byteLength(body));
    if (bytes.some((size) => size > MESSAGE_BYTES))
      throw new Refused(413, 10_207, `a message of at most ${MESSAGE_BYTES} bytes was expected`);
    if (bytes.reduce((sum, size) => sum + size, 0) > SEND_BYTES) {
      throw new Refused(413, 10_207, `messages of at most ${SEND_BYTES} bytes together were expected`);
    }
    store.send(name, messages);
    return answer(c, { metadata: metrics(name) });
  };

  const app = new Hono().basePath("/client/v4/accounts/:account/queues");
  app.onError((error, c) => {
    if (!(error instanceof Refused)) throw error;
    return c.json(
      { success: false, errors: [{ code: error.code, message: error.message }], messages: [], result: null },
      error.status,
    );
  });
  app.use(async (c, next) => {
    if (!isAllowed(c.req.header("authorization"))) throw new Refused(401, 10_000, "Authentication error");
    if (c.req.param("account") !== accountId) throw new Refused(404, 7003, "the account does not exist");
    await next();
  });
  app.use(
    bodyLimit({
      maxSize: BODY_BYTES,
      onError: () => {
        throw new Refused(413, 10_207, `a request of at most ${BODY_BYTES} bytes was expected`);
      },
    }),
  );
  app.get("/", (c) =>
    answer(
      c,
      [...names].map(([queue_id, queue_name]) => ({ queue_id, queue_name })),
    ),
  );
  app.get("/:queue", (c) => answer(c, { queue_id: c.req.param("queue"), queue_name: nameOf(c) }));
  app.post("/:queue/messages", async (c) => send(c, [newMessage(await read(c, sendBody))]));
  app.post("/:queue/messages/batch", async (c) => {
    const { messages, delay_seconds } = await read(c, batchBody);
    return send(
      c,
      messages.map((one) => newMessage({ ...one, delay_seconds: one.delay_seconds ?? delay_seconds })),
    );
  });
  app.post("/:queue/messages/pull", async (c) => {
    const name = nameOf(c);
    const { batch_size, visibility_timeout_ms } = await read(c, pullBody);
    const messages = store
      .pull(name, batch_size, visibility_timeout_ms)
      .map(({ id, body, contentType, timestampMs, attempts, leaseId }) => {
        const metadata = { "CF-sourceMessageSource": "http", "CF-Content-Type": contentType };
        return { id, body, timestamp_ms: timestampMs, attempts, metadata, lease_id: leaseId };
      });
    return answer(c, { message_backlog_count: store.backlog(name).count, messages, metadata: metrics(name) });
  });
  app.post("/:queue/messages/ack", async (c) => {
    const name = nameOf(c);
    const { acks, retries } = await read(c, ackBody);
    const wanted = retries.map(({ lease_id, delay_seconds }) => ({ leaseId: lease_id, delaySeconds: delay_seconds }));
    const { acked, retried, warnings } = store.settle(
      name,
      acks.map(({ lease_id }) => lease_id),
      wanted,
    );
    return answer(c, { ackCount: acked, retryCount: retried, warnings });
  });
  return app;
}

function answer(c: Context, result: object) {
  return c.json({ success: true, errors: [], messages: [], result });
}

async function read<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const text = await c.req.text();
  let value: unknown;
  try {
    value = text === "" ? {} : JSON.parse(text);
  } catch {
    throw new Refused(400, 10_026, "a body of JSON was expected");
  }
  const { data, error } = schema.safeParse(value);
  if (error) throw new Refused(400, 10_026, error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
  return data as T;
}

function newMessage({ body, content_type, delay_seconds }: z.output<typeof message>): NewMessage {
  const text = content_type === "json" ? Buffer.from(JSON.stringify(body ?? null)).toString("base64") : body;
  return { body: text, contentType: content_type, delaySeconds: delay_seconds };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
