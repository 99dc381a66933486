/** A plain page without a bundler, under the strictest policy that lets it reach its collector: no inline code but its own, no strings as code. */
import { createServer } from "node:http";
import { bundleIife } from "../../../client/scripts/bundle-iife.ts";
import { listen, shut } from "../stage/site.ts";

const NONCE = "b2xk";

/** A running site. */
export interface StrictSite {
  url: string;
  close(): Promise<void>;
}

/** Pushes four functions, of which one throws and one pushes another, then loads the script as often as the query says. */
const page = (times: number): string => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Plain page</title>
<div id="item">An item</div>
<ol data-sl-surface="plain.list"><li data-sl-item="l1" data-sl-outcome="click" id="row">A row</li></ol>
<script nonce="${NONCE}">
  window.log = [];
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
  window.sightline = window.sightline || [];
  window.kept = sightline;
  sightline.push((api) => { log.push("first"); window.api = api; window.installed = sightline; });
  sightline.push(() => { throw new Error("of the page's own"); });
  sightline.push(() => { log.push("third"); sightline.push(() => log.push("pushed by the third")); });
  sightline.push(() => log.push("fourth"));
</script>
${'<script defer src="/sightline.iife.js"></script>\n'.repeat(times)}`;

/** Serves it: `/` with the script once, `/?times=2` twice. */
export async function startStrictSite(collector: string): Promise<StrictSite> {
  const { code } = await bundleIife();
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'nonce-${NONCE}'`,
    `connect-src ${collector}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://site");
    const isScript = pathname === "/sightline.iife.js";
    response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html").setHeader("Content-Security-Policy", policy);
    response.end(isScript ? code : page(Number(searchParams.get("times") ?? 1)));
  });
  return { url: await listen(server), close: () => shut(server) };
}
