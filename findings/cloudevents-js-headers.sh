#!/usr/bin/env bash
# cloudevents 10.0.0, the JavaScript SDK of CloudEvents, with the Headers of Node's fetch.
#
# Guess: HTTP.toEvent takes the Headers of a fetch Request, as servers on Workers, Deno and Hono hand them on; binary mode percent-encodes
# attributes that are no printable ASCII, and decodes them, as the HTTP binding asks for (section 3.1.3.2 of version 1.0.2).
# Seen: with Headers it says "no cloud event detected" for a request that is one, since it looks for own keys; HTTP.binary puts an id with an
# umlaut into the header as it is, which fetch refuses to send; an encoded attribute is read without being decoded.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cloudevents@10.0.0
cat >run.mjs <<'JS'
import { CloudEvent, HTTP } from "cloudevents";

const headers = { "content-type": "application/json", "ce-id": "1", "ce-source": "/s", "ce-type": "t", "ce-specversion": "1.0" };
const tried = (what) => {
  try {
    return what();
  } catch ({ name, message }) {
    return `${name}: ${message.slice(0, 60)}`;
  }
};
console.log("plain object:", tried(() => HTTP.toEvent({ headers, body: "{}" }).id));
console.log("Headers:", tried(() => HTTP.toEvent({ headers: new Headers(headers), body: "{}" }).id));
const { headers: written } = HTTP.binary(new CloudEvent({ id: "größe-日", source: "/s", type: "t", data: {} }));
console.log("written:", written["ce-id"]);
console.log("sent:", tried(() => new Request("http://127.0.0.1", { method: "POST", headers: written }).method).split(":")[0]);
console.log("read:", HTTP.toEvent({ headers: { ...headers, "ce-subject": "caf%C3%A9" }, body: "{}" }).subject);
JS
node run.mjs | tee out
diff - out <<'SEEN'
plain object: 1
Headers: TypeError: no cloud event detected
written: größe-日
sent: TypeError
read: caf%C3%A9
SEEN
