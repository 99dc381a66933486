#!/usr/bin/env bash
# cloudevents 10.0.0, the JavaScript SDK of CloudEvents.
#
# Guess: HTTP.toEvent leaves out a time that a request does not carry, and throws for one that it cannot read, as the constructor does; a
# time with nine digits and an offset is kept as it is.
# Seen: an absent time and an unreadable one both become the present, without an error, so that a receiver cannot tell when an event happened
# from when it was read. The constructor throws for the same text. A time with nine digits and an offset is kept by the constructor, and
# becomes UTC with milliseconds when it is written into a request, and when it is read from one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cloudevents@10.0.0
cat >run.mjs <<'JS'
import { CloudEvent, HTTP } from "cloudevents";

const headers = { "content-type": "application/json", "ce-id": "1", "ce-source": "/s", "ce-type": "t", "ce-specversion": "1.0" };
const read = (more) => HTTP.toEvent({ headers: { ...headers, ...more }, body: "{}" }).time;
const isNow = (time) => Math.abs(Date.parse(time) - Date.now()) < 60_000;
const make = (time) => new CloudEvent({ type: "t", source: "/s", time }).time;
console.log("read, absent: the present", isNow(read({})));
console.log("read, unreadable: the present", isNow(read({ "ce-time": "yesterday" })));
try {
  make("yesterday");
} catch ({ message }) {
  console.log("made, unreadable:", message.split("\n")[0]);
}
const exact = "2026-01-01T10:00:00.123456789+02:00";
console.log("made, nine digits and an offset:", make(exact));
const { headers: written } = HTTP.binary(new CloudEvent({ type: "t", source: "/s", time: exact, data: {} }));
console.log("written, nine digits and an offset:", written["ce-time"]);
console.log("read, nine digits and an offset:", read({ "ce-time": exact }));
JS
node run.mjs | tee out
diff - out <<'SEEN'
read, absent: the present true
read, unreadable: the present true
made, unreadable: invalid payload
made, nine digits and an offset: 2026-01-01T10:00:00.123456789+02:00
written, nine digits and an offset: 2026-01-01T08:00:00.123Z
read, nine digits and an offset: 2026-01-01T08:00:00.123Z
SEEN
