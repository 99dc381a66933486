import { serve } from "@hono/node-server";
import { once } from "node:events";
import type { Server } from "node:http";
import { Hono } from "hono";
import { closeServer } from "../../lib/close-server.ts";
import type { Standing } from "../../stores/group/standing.ts";
import { createStoreMetrics } from "./store-metrics.ts";

interface ServeOptions {
  /** The store's name. */
  name: string;
  view: () => Promise<Standing>;
  host: string;
  port: number;
}

/** Serves `/livez`, `/readyz`, `/health` and `/metrics`, for orchestrators, people and Prometheus. Rejects where the port is taken. */
export async function serveStanding({ name, view, host, port }: ServeOptions) {
  const app = new Hono();
  const metrics = createStoreMetrics(name);
  app.get("/livez", (c) => c.text("ok\n"));
  app.get("/readyz", async (c) => {
    const { healthy, faults } = await view();
    const reasons = Object.entries(faults).map(([part, reason]) => `${part}: ${reason}\n`);
    return healthy ? c.text("ok\n") : c.text(reasons.join("") || "not a member of the group yet\n", 503);
  });
  app.get("/health", async (c) => {
    const standing = await view();
    return c.json(standing, standing.healthy ? 200 : 503, { "cache-control": "no-store" });
  });
  app.get("/metrics", async (c) => {
    const { contentType, text } = await metrics(await view());
    return c.body(text, 200, { "content-type": contentType });
  });
  const server = serve({ fetch: app.fetch, hostname: host, port }) as Server;
  await once(server, "listening");
  return { close: () => closeServer(server, 1_000) };
}
