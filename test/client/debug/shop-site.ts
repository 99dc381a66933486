/** A page of cards under a strict policy, whose collector is never to be had. */
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { bundleScript } from "../dom/bundle-script.ts";
import { listen, shut } from "../stage/site.ts";

/** A running site. */
export interface ShopSite {
  url: string;
  close(): Promise<void>;
}

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";

const STYLE = `body { margin: 0; font: 16px system-ui; } div { position: relative; pointer-events: auto; }
#cards { display: grid; grid-template-columns: repeat(3, 200px); gap: 20px; padding: 20px; }
.card { height: 120px; background: #e8eef5; } .gap { height: 3000px; }
#scroller { width: 300px; height: 150px; margin: 20px; overflow: auto; } #scroller .card { width: 200px; margin-bottom: 40px; }`;

const cards = (names: string[]): string => names.map((name) => `<article class="card" id="${name}">${name}</article>`).join("");
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><link rel="stylesheet" href="/style.css">
<div id="cards">${cards(["a", "b", "c", "d", "e", "f"])}</div><div id="scroller">${cards(["s1", "s2", "s3"])}</div>
<div class="gap"></div><div>${cards(["below"])}</div><script src="/script.js"></script>`;

/** Serves it. */
export async function startShopSite(): Promise<ShopSite> {
  const script = await bundleScript(fileURLToPath(new URL("page.ts", import.meta.url)));
  const resources: Record<string, [type: string, body: string]> = {
    "/": ["text/html", PAGE],
    "/style.css": ["text/css", STYLE],
    "/script.js": ["text/javascript", script],
  };
  const server = createServer((request, response) => {
    const [type, body] = resources[request.url ?? ""] ?? [];
    response.setHeader("Content-Security-Policy", POLICY);
    if (type) response.setHeader("Content-Type", type).end(body);
    else response.writeHead(request.url === "/favicon.ico" ? 204 : 503).end();
  });
  return { url: `${await listen(server)}/`, close: () => shut(server) };
}
