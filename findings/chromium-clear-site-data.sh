#!/usr/bin/env bash
# Chromium by playwright-core 1.65.1; needs a Chromium at $CHROMIUM, or as chromium or google-chrome on the PATH (seen with 156).
#
# Guess: Clear-Site-Data: "storage" does to an open IndexedDB connection what indexedDB.deleteDatabase does: `versionchange` comes first,
# and whoever does not close holds the deletion up.
# Seen: no versionchange; the connection gets `close` (which a deletion never fires), and an indexedDB.open that is begun in that handler
# fails with an AbortError. Asked again 1 s later it works, and the database is empty.
set -euo pipefail
chromium=${CHROMIUM:-$(command -v chromium || command -v google-chrome)}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund playwright-core@1.65.1
cat >run.mjs <<'JS'
import { once } from "node:events";
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const server = createServer((request, response) => {
  if (request.url === "/clear") response.setHeader("Clear-Site-Data", '"storage"');
  response.setHeader("Content-Type", "text/html").end("<!doctype html>");
}).listen(0, "127.0.0.1");
await once(server, "listening");
const browser = await chromium.launch({ executablePath: process.argv[2], args: ["--no-sandbox"] });
const page = await browser.newPage();
// A secure context, as Clear-Site-Data asks for.
await page.goto(`http://localhost:${server.address().port}/`);
const seen = await page.evaluate(async () => {
  const open = () =>
    new Promise((resolve) => {
      const asked = indexedDB.open("queue", 1);
      asked.addEventListener("upgradeneeded", () => asked.result.createObjectStore("events"));
      asked.addEventListener("success", () => resolve(asked.result));
      asked.addEventListener("error", () => resolve(asked.error.name));
    });
  const told = [];
  const database = await open();
  const write = database.transaction("events", "readwrite");
  write.objectStore("events").put(1, "a");
  await new Promise((resolve) => write.addEventListener("complete", resolve));
  const again = new Promise((resolve) => {
    database.addEventListener("versionchange", () => told.push("versionchange"));
    database.addEventListener("close", async () => {
      told.push("close");
      resolve(await open());
    });
  });
  await fetch("/clear");
  told.push(`opened at once: ${await again}`);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const later = await open();
  const count = later.transaction("events").objectStore("events").count();
  await new Promise((resolve) => count.addEventListener("success", resolve));
  told.push(`opened 1 s later: ${count.result} events`);
  return told;
});
console.log(seen.join("\n"));
await browser.close();
server.close();
server.closeAllConnections();
JS
node run.mjs "$chromium" | tee out
diff - out <<'SEEN'
close
opened at once: AbortError
opened 1 s later: 0 events
SEEN
