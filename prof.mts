import { build } from "esbuild";
import { createServer } from "node:http";
import { chromium } from "playwright-core";
const b = await build({
  stdin: {
    contents: 'import {createTracker} from "./client/src/index.ts"; globalThis.createTracker=createTracker',
    resolveDir: process.cwd(),
  },
  bundle: true,
  write: false,
  format: "iife",
  target: "es2022",
  keepNames: false,
});
const js = b.outputFiles[0]!.text;
const s = createServer((q, r) => {
  if (q.method === "POST") {
    let d = "";
    q.on("data", (c) => (d += c));
    q.on("end", () => {
      setTimeout(() => {
        r.writeHead(202, { "access-control-allow-origin": "*" });
        r.end("{}");
      }, 5);
    });
    return;
  }
  r.writeHead(200, { "content-type": q.url === "/s.js" ? "text/javascript" : "text/html" });
  r.end(q.url === "/s.js" ? js : "<script src=/s.js></script>");
}).listen(0);
await new Promise((r) => setTimeout(r, 100));
const port = (s.address() as any).port;
const br = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const agg: Record<string, number> = {};
let tot = 0;
for (let i = 0; i < 8; i++) {
  const c = await br.newContext();
  const p = await c.newPage();
  await p.goto(`http://127.0.0.1:${port}/`);
  const d = await c.newCDPSession(p);
  await d.send("Profiler.enable");
  await d.send("Profiler.setSamplingInterval", { interval: 100 });
  await p.evaluate(() => {
    (globalThis as any).t = (globalThis as any).createTracker({
      endpoint: location.origin,
      writeKey: "k",
      unit: { type: "user", id: "u" },
    });
    (globalThis as any).r = (globalThis as any).t.request({ surface: "home.top" });
  });
  await p.waitForTimeout(300);
  await d.send("Profiler.start");
  const ms = await p.evaluate(() => {
    const s = performance.now();
    for (let i = 1; i <= 1000; i++)
      (globalThis as any).t.track("click", { itemId: "item-" + i, position: i, request: undefined });
    return performance.now() - s;
  });
  const { profile } = await d.send("Profiler.stop");
  tot += ms;
  const self = new Map<number, number>();
  profile.samples!.forEach((id, k) => self.set(id, (self.get(id) ?? 0) + profile.timeDeltas![k]!));
  for (const n of profile.nodes) {
    const k = n.callFrame.functionName || "(anon)" + n.callFrame.lineNumber;
    agg[k] = (agg[k] ?? 0) + (self.get(n.id) ?? 0) / 1000 / 8;
  }
  await c.close();
}
console.log("loop", (tot / 8).toFixed(1));
for (const [k, v] of Object.entries(agg)
  .sort((a, b) => b[1] - a[1])
  .slice(0, 28))
  console.log(v.toFixed(2), k);
await br.close();
s.close();
