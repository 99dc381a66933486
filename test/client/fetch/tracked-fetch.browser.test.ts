/** What a browser adds to a call: CORS. A page of one origin asks a recommender of another. */
import { createServer, type Server } from "node:http";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { chromiumService } from "../../services/chromium.ts";
import { sharedChromium, type SharedChromium } from "../../services/shared-chromium.ts";
import { bundleScript } from "../dom/bundle-script.ts";
import { listen, shut } from "../stage/site.ts";

const service = await chromiumService();
let chromium: SharedChromium;
let servers: Server[];
let recommender: string;
let page: Page;
/** Methods of the calls that came to the recommender. */
let calls: string[];

/** Asks the recommender from the page; returns the id of the request and what the body said. */
const ask = (headers: boolean): Promise<[id: string, items: unknown]> =>
  page.evaluate(
    async ([url, isTold]) => {
      const own = createTracker({ endpoint: "/", writeKey: "wk_demo" });
      const { response, request } = await fetchTracked(
        own,
        url,
        {},
        { surface: "home.top", requestId: "minted-here", headers: isTold },
      );
      return [request.id, (await response.json()).items] as [string, unknown];
    },
    [recommender, headers] as const,
  );

describe.skipIf("missing" in service)(`trackedFetch in a page${"missing" in service ? `: ${service.missing}` : ""}`, () => {
  beforeAll(async () => {
    const other = createServer((request, response) => {
      calls.push(request.method ?? "");
      response
        .setHeader("Access-Control-Allow-Origin", "*")
        .setHeader("Access-Control-Allow-Headers", "x-request-id, traceparent");
      // Not exposed to the page: CORS hides the header, so that the id in the body is what counts.
      response.setHeader("X-Request-Id", "hidden-by-cors").setHeader("Content-Type", "application/json");
      response.end(request.method === "OPTIONS" ? "" : JSON.stringify({ items: ["a"], meta: { request_id: "from-the-server" } }));
    });
    const site = createServer((_, response) => void response.setHeader("Content-Type", "text/html").end("<!doctype html>"));
    servers = [other, site];
    recommender = await listen(other);
    chromium = await sharedChromium();
    page = await (await chromium.browser.newContext()).newPage();
    await page.goto(await listen(site));
    await page.addScriptTag({ content: await bundleScript(fileURLToPath(new URL("page.ts", import.meta.url))) });
  });
  afterAll(async () => {
    await chromium?.close();
    await Promise.all(servers.map(shut));
  });
  beforeEach(() => {
    calls = [];
  });

  test("without headers a call to another origin costs no preflight, and the server's id is adopted", async () => {
    expect(await ask(false)).toEqual(["from-the-server", ["a"]]);
    expect(calls).toEqual(["GET"]);
  });

  test("with headers it costs one", async () => {
    expect(await ask(true)).toEqual(["from-the-server", ["a"]]);
    expect(calls).toEqual(["OPTIONS", "GET"]);
  });
});
