/** The demo shop: pages, pictures and a small recommender, on node:http alone. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { readFileSync } from "node:fs";
import { build } from "esbuild";
import { findProduct } from "./catalogue.ts";
import { page } from "./page.ts";
import { picture } from "./picture.ts";
import { POLICY, recommend } from "./recommend.ts";

/** Settings of the shop. */
export interface ShopOptions {
  /** The collector's address, without a slash at the end. */
  collector: string;
  /** Public write key of the pages. */
  writeKey: string;
  /** Address of the live view, that the pages link to. */
  live: string;
}

interface ShopResponse {
  status?: number;
  type: string;
  body: string;
  headers?: Record<string, string>;
}

type Route = (match: RegExpExecArray, request: IncomingMessage, url: URL) => ShopResponse | undefined;

/** Makes the shop's server; the caller lets it listen. Rejects where the pages' code does not build. */
export async function createShop({ collector, writeKey, live }: ShopOptions): Promise<Server> {
  const code = await bundle();
  const css = readFileSync(new URL("static/shop.css", import.meta.url), "utf8");
  const config = { collector, writeKey, live, policy: POLICY };
  const csp = `default-src 'self'; connect-src 'self' ${collector}; frame-ancestors 'none'; base-uri 'none'`;
  const html = (body: string, status = 200): ShopResponse => ({
    status,
    type: "text/html; charset=utf-8",
    body,
    headers: { "content-security-policy": csp },
  });
  const routes: [RegExp, Route][] = [
    [/^\/$/, () => html(page("home.html", config))],
    [/^\/product\/([\w-]+)$/, ([, id = ""]) => productPage(id)],
    [/^\/pictures\/([\w-]+)\.svg$/, ([, id = ""]) => svg(id)],
    [/^\/shop\.css$/, () => ({ type: "text/css; charset=utf-8", body: css })],
    [/^\/([\w-]+)\.js$/, ([, name = ""]) => script(code.get(name))],
    [/^\/v1\/recommend$/, (_, request, url) => recommendation(request, url)],
    [/^\/favicon\.ico$/, () => ({ status: 204, type: "image/svg+xml", body: "" })],
  ];
  const productPage = (id: string): ShopResponse | undefined => {
    const product = findProduct(id);
    if (!product) return undefined;
    const { title, text, price } = product;
    return html(page("product.html", { ...config, id, title, text, price: String(price) }));
  };

  return createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const answer = request.method === "GET" || request.method === "HEAD" ? find(routes, request, url) : undefined;
    send(response, answer ?? html(page("missing.html", {}), 404));
  });
}

function find(routes: [RegExp, Route][], request: IncomingMessage, url: URL): ShopResponse | undefined {
  for (const [path, route] of routes) {
    const match = path.exec(url.pathname);
    if (match) return route(match, request, url);
  }
  return undefined;
}

function send(response: ServerResponse, { status = 200, type, body, headers }: ShopResponse): void {
  response.writeHead(status, {
    "content-type": type,
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(body);
}

function svg(id: string): ShopResponse | undefined {
  const product = findProduct(id);
  return product && { type: "image/svg+xml", body: picture(product) };
}

function script(code: string | undefined): ShopResponse | undefined {
  return code === undefined ? undefined : { type: "text/javascript; charset=utf-8", body: code };
}

/** Responds with the caller's X-Request-Id where it has one: the id that its events carry; else with an id made here. */
function recommendation(request: IncomingMessage, url: URL): ShopResponse {
  const began = performance.now();
  const surface = url.searchParams.get("surface") ?? "";
  const items = recommend({ surface, item: url.searchParams.get("item") ?? undefined });
  if (!items) {
    const error = { code: "unknown_surface", message: `expected a surface of this shop, got ${JSON.stringify(surface)}` };
    return json(400, { error });
  }
  const asked = request.headers["x-request-id"];
  const request_id = typeof asked === "string" && /^[\w-]{8,64}$/.test(asked) ? asked : randomUUID();
  const latency_ms = Math.round((performance.now() - began) * 1000) / 1000;
  return json(
    200,
    { meta: { request_id, policy_version_id: POLICY, surface, latency_ms }, items },
    // A page gone back to asks again: a response from the browser's cache would carry the request id of the page before.
    { "x-request-id": request_id, "cache-control": "no-store" },
  );
}

function json(status: number, value: unknown, headers: Record<string, string> = {}): ShopResponse {
  return { status, type: "application/json", body: JSON.stringify(value), headers };
}

/** The pages' code by name, with the SDK in it. */
async function bundle(): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    entryPoints: ["home", "product"].map((name) => fileURLToPath(new URL(`pages/${name}.ts`, import.meta.url))),
    outdir: "/",
    bundle: true,
    // What is loaded late has a file of its own.
    splitting: true,
    write: false,
    minify: true,
    format: "esm",
    target: "es2022",
    logLevel: "silent",
  });
  return new Map(outputFiles.map(({ path, text }) => [/([\w-]+)\.js$/.exec(path)?.[1] ?? path, text]));
}
