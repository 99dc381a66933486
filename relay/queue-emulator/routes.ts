/** The routes of the queue emulator, in the shapes of Cloudflare's API. https://developers.cloudflare.com/api/resources/queues/ */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { bearer } from "../lib/bearer.ts";
import { ackBody, batchBody, checkSize, pullBody, readBody, Refused, sendBody } from "./bodies.ts";
import { type LeasedMessage, type NewMessage, queueIdOf, type QueueStore } from "./queue-store.ts";

/** Bytes of a request, at most: a batch whose every character is escaped in JSON. */
const BODY_BYTES = 2_000_000;

interface RouteOptions {
  store: QueueStore;
  /** Names of the queues. */
  queues: readonly string[];
  accountId: string;
  token: string;
}

/** The routes, below `/client/v4`. */
export function queueRoutes(options: RouteOptions): Hono {
  const { accountId, token } = options;
  const isAllowed = bearer(token);
  const tooLarge = (): never => {
    throw new Refused(413, 10_207, `expected a request of at most ${BODY_BYTES} bytes`);
  };
  const app = new Hono().basePath("/client/v4/accounts/:account/queues");
  app.onError((error, c) => {
    // What is no refusal is a fault of the disk, say: the caller tries again.
    const { status, code } = error instanceof Refused ? error : { status: 500 as const, code: 10_001 };
    return c.json({ success: false, errors: [{ code, message: error.message }], messages: [], result: null }, status);
  });
  app.use(async (c, next) => {
    if (!isAllowed(c.req.header("authorization"))) throw new Refused(401, 10_000, "Authentication error");
    if (c.req.param("account") !== accountId) throw new Refused(404, 7003, "the account does not exist");
    await next();
  });
  app.use(bodyLimit({ maxSize: BODY_BYTES, onError: tooLarge }));
  addRoutes(app, options);
  return app;
}

function addRoutes(app: Hono, { store, queues }: RouteOptions): void {
  const names = new Map(queues.map((name) => [queueIdOf(name), name]));
  const nameOf = (c: Context): string => {
    const name = names.get(c.req.param("queue") ?? "");
    if (name === undefined) throw new Refused(404, 11_000, "the queue does not exist");
    return name;
  };
  const metadata = (name: string) => {
    const { count, bytes, oldestMs } = store.backlog(name);
    return { metrics: { backlog_count: count, backlog_bytes: bytes, oldest_message_timestamp_ms: oldestMs } };
  };
  const send = (c: Context, name: string, messages: NewMessage[]) => {
    checkSize(messages);
    store.send(name, messages);
    return respond(c, { metadata: metadata(name) });
  };

  app.get("/", (c) =>
    respond(
      c,
      Array.from(names, ([queue_id, queue_name]) => ({ queue_id, queue_name })),
    ),
  );
  app.get("/:queue", (c) => respond(c, { queue_id: c.req.param("queue"), queue_name: nameOf(c) }));
  app.post("/:queue/messages", async (c) => send(c, nameOf(c), [readBody(sendBody, await c.req.text())]));
  app.post("/:queue/messages/batch", async (c) => send(c, nameOf(c), readBody(batchBody, await c.req.text())));
  app.post("/:queue/messages/pull", async (c) => {
    const name = nameOf(c);
    const { batch_size, visibility_timeout_ms } = readBody(pullBody, await c.req.text());
    const messages = store.pull(name, batch_size, visibility_timeout_ms).map(toPulled);
    return respond(c, { message_backlog_count: store.backlog(name).count, messages, metadata: metadata(name) });
  });
  app.post("/:queue/messages/ack", async (c) => {
    const name = nameOf(c);
    const { acks, retries } = readBody(ackBody, await c.req.text());
    const settled = store.settle(name, {
      acks: acks.map(({ lease_id }) => lease_id),
      retries: retries.map(({ lease_id, delay_seconds }) => ({ leaseId: lease_id, delaySeconds: delay_seconds })),
    });
    return respond(c, { ackCount: settled.acked, retryCount: settled.retried, warnings: settled.warnings });
  });
}

function toPulled({ id, body, contentType, timestampMs, attempts, leaseId }: LeasedMessage) {
  const metadata = { "CF-sourceMessageSource": "http", "CF-Content-Type": contentType };
  return { id, body, timestamp_ms: timestampMs, attempts, metadata, lease_id: leaseId };
}

function respond(c: Context, result: object): Response {
  return c.json({ success: true, errors: [], messages: [], result });
}
