/** What an orchestrator, a scraper and a person ask: `/livez`, `/readyz`, `/health`, `/metrics`. None needs the token, none shows a payload. */
import { Hono } from "hono";
import type { Metrics } from "../telemetry/metrics.ts";
import { health, type HealthFacts } from "./health.ts";

interface OpsOptions {
  /** Why nothing is taken; undefined while the relay takes. */
  notTaking: () => string | undefined;
  /** Rights on the bus that are missing, in words; while it takes they are those of single topics. */
  denied: () => readonly string[];
  health: () => HealthFacts;
  metrics: Pick<Metrics, "scrape">;
}

/** The routes. */
export function opsRoutes({ notTaking, denied, metrics, health: facts }: OpsOptions): Hono {
  const app = new Hono();
  app.get("/livez", (c) => c.text("ok\n"));
  app.get("/readyz", (c) => {
    const reason = notTaking();
    if (reason !== undefined) return c.text(`${reason}\n`, 503);
    // The other topics take: an orchestrator that stopped them, too, would help nobody.
    return c.text(["ok", ...denied().map((right) => `not allowed, and waited for: ${right}`)].join("\n") + "\n");
  });
  app.get("/health", (c) => {
    const answer = health(facts());
    return c.json(answer, answer.healthy ? 200 : 503, { "cache-control": "no-store" });
  });
  app.get("/metrics", async (c) => {
    const { contentType, text } = await metrics.scrape(c.req.header("accept") ?? "");
    return c.body(text, 200, { "content-type": contentType, "cache-control": "no-store" });
  });
  return app;
}
