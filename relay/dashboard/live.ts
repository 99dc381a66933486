/**
 * The live view: a page of the relay that shows events as they arrive on the bus. For development: it is mounted only with
 * LIVE_VIEW=true, responds only to requests for a loopback host name (so that no web page can read it by rebinding a name), and shows
 * ids and surfaces, never payloads.
 */
import { readFile } from "node:fs/promises";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { Counter } from "../state/counters.ts";
import type { LiveModel } from "./model.ts";

/** How often a page is sent the state, at most: milliseconds. */
const FRAME_MS = 250;

const FILES = {
  "/": ["live.html", "text/html"],
  "/live.css": ["live.css", "text/css"],
  "/live.js": ["live.js", "text/javascript"],
};
const HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
};
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Routes of the page, its stream of states and the counters (`/api/counters?surface=`). */
export function liveRoutes(model: LiveModel, readCounters: () => Counter[]): Hono {
  const app = new Hono();
  for (const [path, [file, type]] of Object.entries(FILES)) {
    app.get(path, loopbackOnly, async (c) => {
      const body = await readFile(new URL(`static/${file}`, import.meta.url), "utf8");
      return c.body(body, 200, { ...HEADERS, "content-type": `${type}; charset=utf-8` });
    });
  }
  app.get("/api/counters", loopbackOnly, (c) => {
    const surface = c.req.query("surface");
    return c.json(
      readCounters().filter((row) => surface === undefined || row.surface === surface),
      200,
      HEADERS,
    );
  });
  app.get("/api/stream", loopbackOnly, (c) =>
    streamSSE(c, async (stream) => {
      let sent = "";
      while (!stream.aborted) {
        const data = JSON.stringify(model.state());
        if (data !== sent) await stream.writeSSE({ data });
        sent = data;
        await stream.sleep(FRAME_MS);
      }
    }),
  );
  return app;
}

async function loopbackOnly(c: { req: { url: string }; text(body: string, status: 403): Response }, next: () => Promise<void>) {
  if (!LOOPBACK.has(new URL(c.req.url).hostname)) return c.text("the live view answers on a loopback address only\n", 403);
  await next();
  return undefined;
}
