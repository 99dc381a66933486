import type { Context } from "hono";
import { batchAnswer, singleAnswer } from "../../intake/answer.ts";
import type { AppEnv } from "../app-env.ts";
import { countRequest } from "../../out/counters.ts";
import type { RequestFacts } from "../../intake/enrich.ts";
import { settingsOf } from "../../settings/settings.ts";
import { RequestError } from "../../errors/errors.ts";
import { readFrame, type Frame } from "../../formats/frame.ts";
import { takeIn, type Intake } from "../../intake/intake.ts";
import { isBot } from "../../lib/is-bot.ts";
import { respond } from "../respond.ts";
import { retryAfterSeconds } from "../../lib/retry-after.ts";
import { traceId } from "../../lib/trace-id.ts";
import { limitSession, mayRecordRejects } from "../middleware/rate-limit.ts";
import { admission } from "../../out/admission.ts";
import type { Layout } from "../../out/layout.ts";
import { sendLines } from "../../out/send.ts";
import type { EnvelopeLine } from "../../envelope/pack.ts";
import { outcomeOf, type Confirmed, type BatchOutcome } from "../../intake/outcome.ts";
import { tally } from "../../intake/tally.ts";

/** Refusals have one queue, whatever the shards. */
const ONE_QUEUE: readonly Layout[] = [{ from: -Infinity, shards: 1 }];

/** `POST /v1/events`: checks, queues, and only then responds. */
export async function postEvents(c: Context<AppEnv>): Promise<Response> {
  const settings = settingsOf(c.env);
  const key = c.get("key");
  const frame = readFrame(c.get("body"), key.limits?.events);
  // A request counts once: by the page load that its first part names, which is as good a word as any other of the caller's.
  await limitSession(c, frame.parts[0]?.session_id);
  const admitted = await admission(settings);
  if (admitted === "closed") throw new RequestError("overloaded");
  const facts = { ...factsOf(c), shedding: admitted === "shedding" };
  const intake = takeIn(frame, facts, key);
  const outcome = outcomeOf(intake, await send(c, intake, facts));
  if (settings.counters) countRequest(settings.counters, { tenantId: facts.tenantId, counts: tally(outcome) });
  return toResponse(c, outcome, frame);
}

/** Sends to the queues what is to be kept: the taken events, and of the refused ones what was wrong with them. */
async function send(c: Context<AppEnv>, { taken, refused }: Intake, facts: RequestFacts): Promise<Confirmed> {
  const { events, layouts, rejects, sendTimeoutMs } = settingsOf(c.env);
  const header = { tenant_id: facts.tenantId, received_at: facts.receivedAt };
  const late = c.get("alarm").after(sendTimeoutMs);
  const outlet = { late, waitUntil: (work: Promise<unknown>) => c.executionCtx.waitUntil(work) };
  const record = async (): Promise<boolean[]> => {
    if (refused.length === 0 || !(await mayRecordRejects(c))) return refused.map(() => true);
    return sendLines(
      refused.map(envelopeOf),
      { ...header, kind: "rejects" },
      { ...outlet, queues: [rejects], layouts: ONE_QUEUE },
    );
  };
  const [takenConfirmed, refusedConfirmed] = await Promise.all([
    sendLines(taken.map(envelopeOf), { ...header, kind: "events" }, { ...outlet, queues: events, layouts }),
    record(),
  ]);
  return { taken: takenConfirmed, refused: refusedConfirmed };
}

function envelopeOf({ envelope }: { envelope: EnvelopeLine }): EnvelopeLine {
  return envelope;
}

function toResponse(c: Context<AppEnv>, outcome: BatchOutcome, frame: Frame): Response {
  if (frame.single) return respond(c, singleAnswer(outcome), 202);
  const sent = frame.parts.flatMap(({ events }) => events);
  const { status, body, retry } = batchAnswer(outcome, sent);
  return respond(c, body, status, retry ? retryAfterSeconds() : undefined);
}

function factsOf(c: Context<AppEnv>): RequestFacts {
  const key = c.get("key");
  const idempotencyKey = c.req.header("idempotency-key");
  const { cf } = c.req.raw as { cf?: { country?: unknown; botManagement?: unknown } };
  return {
    tenantId: key.tenant_id,
    keyKind: key.kind,
    receivedAt: new Date().toISOString(),
    traceId: traceId(c.req.header("traceparent")),
    bot: key.kind === "web" && isBot(c.req.header("user-agent"), cf?.botManagement),
    // XX is Cloudflare's word for a country that it does not know, and T1 for Tor.
    ...(typeof cf?.country === "string" && /^(?!XX)[A-Z]{2}$/.test(cf.country) && { country: cf.country }),
    ...(idempotencyKey && { idempotencyKey }),
  };
}
