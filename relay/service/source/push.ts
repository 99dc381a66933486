/** The source `push`: the queue's consumer Worker posts deliveries, and gets a verdict for each message. */
import type { Server } from "node:http";
import { type DeliveryAnswer, openDelivery, UnreadableDelivery } from "@sightline/worker/delivery";
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { within } from "../../lib/within.ts";
import { NotTaking } from "./not-taking.ts";
import { watchResponses } from "./until-answered.ts";
import { bearer } from "../../lib/bearer.ts";
import type { Room } from "./budget.ts";
import { BodyTooLarge, readBody } from "./read-body.ts";
import type { Hold, Source, SourceParts } from "./source.ts";

/** Bytes of a delivery: 100 messages of 128,000 bytes, the most that Cloudflare Queues hands over, and room for their headers. */
const MAX_BYTES = 13_000_000;
/** How long a delivery may take, milliseconds; the consumer Worker waits for 90 s. */
const DEADLINE_MS = 60_000;

/** Where deliveries are posted. */
const PATH = "/v1/deliveries";

/** The source, and its routes. */
export interface PushSource extends Source {
  /** `POST /v1/deliveries`. */
  readonly routes: Hono<{ Bindings: HttpBindings }>;
  /** Names the server that serves the routes, so that `stop` can wait for its responses. */
  servedBy(server: Server): void;
}

interface PushOptions extends SourceParts {
  /** Room for a delivery, before it is read. */
  hold: Hold;
  /** Bearer token that a delivery must carry. */
  token: string;
}

const tooLate = () => new NotTaking("the bus is slow: this delivery goes on, and comes again", 10);

type RefusalStatus = 400 | 401 | 413 | 503;

/** Makes the source. It takes from when its routes are served and `start` was called. */
export function createPushSource({ notTaking, take, ...options }: PushOptions): PushSource {
  let state: "new" | "started" | "stopped" = "new";
  let answered: (() => Promise<void>) | undefined;
  const underWay = new Set<Promise<unknown>>();
  const tracked: PushOptions["take"] = (delivery, room) => {
    const work = take(delivery, room).finally(() => underWay.delete(work));
    underWay.add(work);
    return work;
  };
  const ownReason = { new: "the relay is starting", started: undefined, stopped: "the relay is stopping" };
  return {
    name: "push",
    routes: pushRoutes({ ...options, take: tracked, notTaking: () => ownReason[state] ?? notTaking() }),
    servedBy: (server) => void (answered = watchResponses(server, PATH)),
    start: () => void (state = "started"),
    // Whoever pushes sees what is wrong: nothing is heard here of a push that does not arrive.
    trouble: () => undefined,
    async stop() {
      state = "stopped";
      await Promise.allSettled(underWay);
      await answered?.();
    },
  };
}

/** The route `POST /v1/deliveries`. */
function pushRoutes({ take, hold, token, notTaking, log }: PushOptions): PushSource["routes"] {
  const app: PushSource["routes"] = new Hono();
  const isAllowed = bearer(token);

  app.post(
    PATH,
    async (c, next) => {
      if (!isAllowed(c.req.header("authorization"))) {
        return refuse(c, 401, "unauthorized", "expected the relay's token, as Authorization: Bearer");
      }
      const reason = notTaking();
      if (reason !== undefined) return busy(c, reason, 2);
      return next();
    },
    async (c) => {
      const { incoming } = c.env;
      let room: Room | undefined;
      try {
        // Decided before the body is read: a relay that has its hands full is not to be given more.
        room = hold(Math.min(Number(incoming.headers["content-length"] ?? MAX_BYTES), MAX_BYTES));
        const { bytes, reuse } = await readBody(incoming, MAX_BYTES);
        // One that did not say its length held room for the largest.
        room.resize(bytes.length);
        const delivery = openDelivery(bytes);
        // The body may have been long in coming.
        const reason = notTaking();
        if (reason !== undefined) throw new NotTaking(reason, 2);
        const work = take({ ...delivery, reuse }, room);
        room = undefined;
        return c.json({ verdicts: await within(DEADLINE_MS, work, tooLate) } satisfies DeliveryAnswer);
      } catch (error) {
        return refusalOf(c, error as Error, log);
      } finally {
        room?.release();
      }
    },
  );
  return app;
}

function refusalOf(c: Context, error: Error, log: SourceParts["log"]): Response {
  if (error instanceof BodyTooLarge) return refuse(c, 413, "body_too_large", error.message);
  if (error instanceof UnreadableDelivery) return refuse(c, 400, "unreadable_delivery", error.message);
  if (error instanceof NotTaking) return busy(c, error.message, error.retryAfter);
  log.error({ err: error }, "a delivery failed; the queue keeps it");
  return busy(c, "the relay failed; its log says why", 5);
}

function busy(c: Context, reason: string, seconds: number): Response {
  c.header("retry-after", String(Math.max(1, Math.ceil(seconds))));
  return refuse(c, 503, "not_taking", reason);
}

function refuse(c: Context, status: RefusalStatus, code: string, message: string): Response {
  return c.json({ error: { code, message, details: {} } }, status);
}
