import { serve } from "@hono/node-server";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Hono } from "hono";
import { closeServer } from "../../lib/close-server.ts";
import type { Standing } from "../../stores/postgres/standing.ts";

/** Serves `/livez`, `/readyz` and `/health`, for orchestrators and people. Rejects where the port is taken. */
export async function serveHealth(view: () => Promise<Standing>, hostname: string, port: number) {
  const app = new Hono();
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
  const server = serve({ fetch: app.fetch, hostname, port }) as Server;
  await once(server, "listening");
  const { port: own } = server.address() as AddressInfo;
  return { port: own, close: () => closeServer(server, 1_000) };
}
