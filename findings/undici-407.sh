#!/usr/bin/env bash
# undici 7.16.0, the fetch of Node.
#
# Guess: a 407 (Proxy Authentication Required) is a response like any other 4xx: its status, headers and body can be read.
# Seen: fetch rejects with "TypeError: fetch failed", and its cause has an empty message and no code. So a proxy that wants a login looks
# like a network that is down, and a caller that treats 4xx and network errors apart never sees this one. 401, 403 and 511 can be read.
# The Fetch standard asks for it where there is no window to prompt in: https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund undici@7.16.0
cat >run.mjs <<'JS'
import { once } from "node:events";
import { createServer } from "node:http";
import { fetch } from "undici";

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(Number(request.url.slice(1)), { "retry-after": "7" }).end("no");
}).listen(0, "127.0.0.1");
await once(server, "listening");
for (const status of [401, 403, 407, 511]) {
  const answer = fetch(`http://127.0.0.1:${server.address().port}/${status}`, { method: "POST", body: "{}" });
  console.log(
    await answer.then(
      (response) => `${status}: read, retry-after ${response.headers.get("retry-after")}`,
      ({ name, message, cause }) => `${status}: ${name}: ${message}, cause ${JSON.stringify(cause?.message)}, code ${cause?.code}`,
    ),
  );
}
server.close();
server.closeAllConnections();
JS
node run.mjs | tee out
diff - out <<'SEEN'
401: read, retry-after 7
403: read, retry-after 7
407: TypeError: fetch failed, cause "", code undefined
511: read, retry-after 7
SEEN
