/** The page's files, compressed once. They hold no data, so whoever reaches the relay may have them. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { Hono } from "hono";
import type { Served } from "./access.ts";

const STATIC = fileURLToPath(new URL("static/", import.meta.url));
const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};
/** The chart library's own files, by the name that they are served under. */
const LIBRARY = { "/uplot.js": "uplot/dist/uPlot.iife.min.js", "/uplot.css": "uplot/dist/uPlot.min.css" };

/** Headers of everything that the live view serves: nothing of another origin, nothing inline, no markup made by scripts. */
export const HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
};

/** The routes: `/` is live.html. */
export function assetRoutes(): Hono<Served> {
  const app = new Hono<Served>();
  const { resolve } = createRequire(import.meta.url);
  const own = readdirSync(STATIC).filter((name) => extname(name) in TYPES);
  const files = [
    ...own.map((name) => [name === "live.html" ? "/" : `/${name}`, STATIC + name] as const),
    ...Object.entries(LIBRARY).map(([path, file]) => [path, resolve(file)] as const),
  ];
  for (const [path, file] of files) {
    const plain = readFileSync(file);
    const packed = gzipSync(plain, { level: 9 });
    const headers = { ...HEADERS, "content-type": TYPES[extname(file)] ?? "", vary: "accept-encoding" };
    app.get(path, (c) => {
      const isPacked = (c.req.header("accept-encoding") ?? "").includes("gzip");
      return isPacked
        ? c.body(new Uint8Array(packed), 200, { ...headers, "content-encoding": "gzip" })
        : c.body(new Uint8Array(plain), 200, headers);
    });
  }
  return app;
}
