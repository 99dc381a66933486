import type { Context } from "hono";
import { Hono } from "hono/tiny";
import { countRequest } from "./out/counters.ts";
import { settingsOf, SettingsError } from "./settings/settings.ts";
import { ERRORS, RequestError, VerdictError, type ErrorCode } from "./errors/errors.ts";
import type { KeyPolicy } from "./keys/policy.ts";
import type { AppEnv } from "./http/app-env.ts";
import { retryAfterSeconds } from "./lib/retry-after.ts";
import { auth } from "./http/middleware/auth.ts";
import { cors, preflight } from "./http/middleware/cors.ts";
import { body } from "./http/middleware/body.ts";
import { publish } from "./http/middleware/publish.ts";
import { limitRequests } from "./http/middleware/rate-limit.ts";
import { postEvents } from "./http/routes/events.ts";
import { healthz, readyz } from "./http/routes/health.ts";
import { getOpenApi } from "./http/routes/openapi.ts";
import { getSchema, listSchemas } from "./http/routes/schemas.ts";

/** The collector's routes. */
export function createApp(): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(async function harden(c, next) {
    await next();
    if (c.get("complete")) return;
    if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
    c.res.headers.set("X-Content-Type-Options", "nosniff");
  });
  for (const path of ["/v1/events", "/events"]) {
    app.use(path, cors());
    app.options(path, preflight());
    app.post(path, auth(), limitRequests(), body(), postEvents);
    app.all(path, allowOnly("POST, OPTIONS"));
  }
  for (const path of ["/v1/schemas", "/v1/schemas/:type", "/openapi.json"]) app.use(path, publish());
  app.get("/v1/schemas", listSchemas);
  app.get("/v1/schemas/:type", getSchema);
  app.get("/openapi.json", getOpenApi);
  app.get("/healthz", healthz);
  app.get("/readyz", readyz);
  for (const path of ["/v1/schemas", "/v1/schemas/:type", "/openapi.json", "/healthz", "/readyz"]) {
    app.all(path, allowOnly("GET, HEAD"));
  }
  app.notFound((c) => fail(new RequestError("not_found"), c));
  app.onError(fail);
  return app;
}

/** Refuses what no route of the path has taken. */
function allowOnly(allow: string) {
  return () => {
    throw new RequestError("method_not_allowed", { details: { allow } });
  };
}

/** The response to what was thrown, which is counted here unless it was counted with an event. */
function fail(error: Error, c: Context<AppEnv>): Response {
  if (!(error instanceof RequestError)) {
    const refusal = unexpected(error);
    countRefusal(c, refusal.code);
    return refuse(c, refusal);
  }
  if (!(error instanceof VerdictError)) countRefusal(c, error.code);
  return refuse(c, error);
}

/** The error contract. */
function refuse(c: Context<AppEnv>, { code, message, details }: RequestError): Response {
  const { status } = ERRORS[code];
  if (status === 401) c.header("WWW-Authenticate", "Bearer");
  if (status === 405) c.header("Allow", String(details["allow"]));
  // A queue that was too full is asked again after five seconds: to come back before that is of no use.
  if (status === 429 || status >= 500) c.header("Retry-After", String(retryAfterSeconds(code === "overloaded" ? 6 : 1)));
  return c.json({ error: { code, message, details } }, status);
}

/** Counts a request that was refused as a whole. Never throws: where the settings are wrong there is nothing to count with. */
function countRefusal(c: Context<AppEnv>, code: ErrorCode): void {
  try {
    const key: KeyPolicy | undefined = c.get("key");
    countRequest(settingsOf(c.env).counters, { tenantId: key?.tenant_id, counts: [{ type: "request", code, count: 1 }] });
  } catch {
    // The refusal says what matters, and /readyz which setting is wrong.
  }
}

/**
 * A fault of ours, or of the settings: nothing was taken, so the caller keeps its events and sends them again. Of a fault of ours its kind and place
 * are logged, and not its message, which may repeat what was sent.
 */
function unexpected(error: Error): RequestError {
  const isSettings = error instanceof SettingsError;
  const reason = isSettings
    ? error.message
    : error.stack
        ?.match(/^ +at .*/gm)
        ?.slice(0, 5)
        .join("\n");
  console.error(JSON.stringify({ message: "a request failed", error: error.name, reason }));
  return new RequestError(isSettings ? "queue_unavailable" : "internal_error");
}
