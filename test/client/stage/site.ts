/** The host page: a site of its own origin, with the SDK bundled as a web app would. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const CLIENT = fileURLToPath(new URL("../../../client/src/index.ts", import.meta.url));

/** Two items, one in view and one far below, and room for what a test adds. */
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Host page</title>
<style>body{margin:0} .item{width:200px;height:100px;background:teal} .gap{height:3000px}</style>
<div class="item" id="top"></div><div id="room"></div><div class="gap"></div><div class="item" id="below"></div>
<script src="/sdk.js"></script>`;

/** A running site. */
export interface Site {
  /** Address, without a slash at the end. Every path but /sdk.js is the same page. */
  url: string;
  close(): Promise<void>;
}

/** Serves the host page; the bundle sets `window.createTracker`. */
export async function startSite(): Promise<Site> {
  const bundle = await bundleClient();
  const server = createServer((request, response) => {
    const isBundle = request.url === "/sdk.js";
    response.setHeader("Content-Type", isBundle ? "text/javascript" : "text/html");
    response.end(isBundle ? bundle : PAGE);
  });
  const url = await listen(server);
  return { url, close: () => shut(server) };
}

/** Listens on a free port of 127.0.0.1 and answers the address. */
export async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
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

async function bundleClient(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { createTracker } from ${JSON.stringify(CLIENT)}; globalThis.createTracker = createTracker;`,
      resolveDir: ".",
    },
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}
