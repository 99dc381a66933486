/** The live view: a page of the relay that shows events as they arrive on the bus, joined. It is mounted only where LIVE_VIEW says so. */
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { Counter } from "../state/counters.ts";
import { createAccess, type Served } from "./access.ts";
import { assetRoutes, HEADERS } from "./assets.ts";
import type { LiveModel } from "./model.ts";
import type { Sections } from "./state.ts";

/** How often a page is sent what changed, at most: milliseconds. Its charts change with every event, and are drawn as often as one can see. */
const FRAME_MS = 500;
const SERIES_MS = 2_000;
/** After so long without a change something is sent, milliseconds: a proxy closes what is silent. */
const ALIVE_MS = 15_000;

interface LiveOptions {
  model: LiveModel;
  readCounters: () => Counter[];
  /** RELAY_TOKEN. */
  token: string | undefined;
  /** This machine needs no token. */
  trustsLoopback: boolean;
}

/**
 * The page at `/`, and under `/api/`: `session` (is the caller let in; POST with the token for a cookie), `stream` (sections as they change, and
 * `events`), `events/{n}` and `requests/{id}` as JSON, and `counters?surface=`.
 */
export function liveRoutes({ model, readCounters, token, trustsLoopback }: LiveOptions): Hono<Served> {
  const app = new Hono<Served>().route("/", assetRoutes());
  const access = createAccess({ token, trustsLoopback });
  app.post("/api/session", access.open);
  app.use("/api/*", access.allow);
  app.get("/api/session", (c) => c.body(null, 204, HEADERS));
  app.get("/api/counters", (c) => {
    const surface = c.req.query("surface");
    return c.json(
      readCounters().filter((row) => surface === undefined || row.surface === surface),
      200,
      HEADERS,
    );
  });
  app.get("/api/events/:n", (c) => {
    const json = model.json(Number(c.req.param("n")));
    return json === undefined
      ? c.text("this event is not remembered any more\n", 404, HEADERS)
      : c.body(json, 200, { ...HEADERS, "content-type": "application/json" });
  });
  app.get("/api/requests/:id", (c) => {
    const path = model.findRequest(c.req.param("id"));
    return path === undefined ? c.text("no event of this request is remembered\n", 404, HEADERS) : c.json(path, 200, HEADERS);
  });
  app.get("/api/stream", (c) =>
    streamSSE(c, async (stream) => {
      const sent = new Map<string, string>();
      let [view, revision] = [0, 0];
      let seriesAt = 0;
      let spokeAt = Date.now();
      const write = async (event: string, data: string): Promise<void> => {
        spokeAt = Date.now();
        await stream.writeSSE({ event, data });
      };
      const sendSections = async (): Promise<void> => {
        for (const [name, section] of Object.entries(model.sections()) as [keyof Sections, unknown][]) {
          if (name === "series" && Date.now() - seriesAt < SERIES_MS) continue;
          const data = JSON.stringify(section);
          if (sent.get(name) === data) continue;
          sent.set(name, data);
          if (name === "series") seriesAt = Date.now();
          await write(name, data);
        }
      };
      while (!stream.aborted) {
        await sendSections();
        const news = model.arrivals(revision);
        if (news.view !== view) await write("restart", "");
        ({ view, revision } = news);
        if (news.events.length > 0) await write("events", JSON.stringify(news.events));
        if (Date.now() - spokeAt > ALIVE_MS) await write("alive", "");
        await stream.sleep(FRAME_MS);
      }
    }),
  );
  return app;
}
