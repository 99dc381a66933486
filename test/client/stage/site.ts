/** The host page: a site of its own origin, with the SDK bundled as a web app would. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { MANGLED } from "../../../client/scripts/private-names.ts";

const CLIENT = fileURLToPath(new URL("../../../client/src/index.ts", import.meta.url));

/** Two items, one in view and one far below, and room for what a test adds. */
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Host page</title>
<style>body{margin:0} .item{width:200px;height:100px;background:teal} .gap{height:3000px}</style>
<div class="item" id="top">top</div><div id="room"></div><div class="gap"></div><div class="item" id="below">below</div>
<script src="/sdk.js"></script>
<script src="/self-driven.js"></script>`;

/**
 * A page that drives itself, for where a test cannot reach into it: with ?surface it has a tracker and records ?likes outcomes; with
 * ?prerender it has that page prerendered, and goes there once that page has run for a while, unless told to ?stay. Each notes what it
 * does on the site.
 */
const SELF_DRIVEN = `
const query = new URLSearchParams(location.search);
const note = (text) => fetch("/note?" + encodeURIComponent(text));
if (query.has("surface")) {
  const unit = { type: "user", id: "u_1" };
  tracker = createTracker({ endpoint: query.get("endpoint"), writeKey: "wk_demo", unit, flushInterval: 50 });
  request = tracker.request({ surface: query.get("surface") });
  request.observe(document.querySelector("#top"), { itemId: "top", position: 1 });
  for (let n = 1; n <= query.get("likes"); n++) request.outcome("like", { itemId: "i" + n });
  document.addEventListener("prerenderingchange", () => note("activated " + Date.now()));
  setTimeout(async () => {
    const { length } = await indexedDB.databases();
    const { queued } = tracker.stats();
    if (document.prerendering) note("prerendered, databases " + length + ", keys " + localStorage.length + ", queued " + queued);
  }, 1500);
}
if (query.has("prerender")) {
  const rules = document.createElement("script");
  rules.type = "speculationrules";
  rules.textContent = JSON.stringify({ prerender: [{ source: "list", urls: [query.get("prerender")] }] });
  document.head.append(rules);
  const look = async () => {
    const notes = await (await fetch("/notes")).text();
    if (notes.includes("prerendered")) location.href = query.get("prerender");
    else setTimeout(look, 50);
  };
  if (!query.has("stay")) look();
}`;

/** What was bundled, by where it is: a stage may have a site for each of many origins. */
const bundles: Record<string, Promise<string>> = {};

/** A running site. */
export interface Site {
  /** What self-driven pages have noted. */
  notes: string[];
  /** Address, without a slash at the end. Every path but those of scripts and notes is the same page. */
  url: string;
  close(): Promise<void>;
}

/** Serves the host page; the bundle of the SDK at `sdk` sets `window.createTracker`. `/log-out` has the browser clear what the site has stored. */
export async function startSite(sdk = CLIENT): Promise<Site> {
  bundles[sdk] ??= bundleClient(sdk);
  const bundle = await bundles[sdk];
  const notes: string[] = [];
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? "/", "http://site");
    if (pathname === "/note") notes.push(decodeURIComponent(search.slice(1)));
    const [type, body] = resource(pathname, bundle, notes);
    response
      .writeHead(200, { "Content-Type": type, ...(pathname === "/log-out" && { "Clear-Site-Data": '"storage"' }) })
      .end(body);
  });
  const url = await listen(server);
  return { url, notes, close: () => shut(server) };
}

function resource(path: string, bundle: string, notes: string[]): [type: string, body: string] {
  if (path === "/sdk.js") return ["text/javascript", bundle];
  if (path === "/self-driven.js") return ["text/javascript", SELF_DRIVEN];
  if (path.startsWith("/note")) return ["text/plain", notes.join("\n")];
  return ["text/html", PAGE];
}

/** Listens on a port of 127.0.0.1, by default any free one, and returns the address. */
export async function listen(server: Server, port = 0): Promise<string> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Ends a server, and with it the connections that browsers hold open. */
export async function shut(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

async function bundleClient(sdk: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { createTracker } from ${JSON.stringify(sdk)}; globalThis.createTracker = createTracker;`,
      resolveDir: ".",
    },
    bundle: true,
    minify: true,
    // As in what is published: a test that passes here has seen it.
    mangleProps: MANGLED,
    write: false,
    format: "iife",
    target: "es2022",
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}
