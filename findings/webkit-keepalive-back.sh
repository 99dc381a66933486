#!/usr/bin/env bash
# WebKitGTK; needs Debian's xvfb, python3-gi and gir1.2-webkit2-4.1 (seen with 2.50.6).
#
# Guess: a fetch with keepalive that is under way when its page goes into the back/forward cache settles once the page is back: with the
# response, which has come meanwhile, or as a request that was cut off, which a fetch without keepalive does. And whatever became of the
# request, abort() rejects the promise at once, as the fetch standard has it.
# Seen: the page is kept and is back as it was, and the promise of the keepalive fetch never settles, though the server has answered: not
# within 5 s, and not by abort() either. What the page fetches from then on arrives, and a plain fetch was rejected.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >run.py <<'PY'
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import gi

read, write = os.pipe()
display = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-nolisten", "tcp"], pass_fds=[write], stderr=subprocess.DEVNULL)
os.environ.update(DISPLAY=":" + os.read(read, 16).decode().strip(), GDK_BACKEND="x11", GSETTINGS_BACKEND="memory", NO_AT_BRIDGE="1")
gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import GLib, Gtk, WebKit2

asked, answer, answered = threading.Event(), threading.Event(), threading.Event()


class Server(BaseHTTPRequestHandler):
    def do_GET(self):
        self.say(b"<!doctype html>")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/held":
            asked.set()
            answer.wait()
        try:
            self.say(b"a response")
        except BrokenPipeError:
            pass  # The plain fetch was cut off as its page went.
        if self.path == "/held":
            answered.set()

    def say(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
view = WebKit2.WebView(web_context=WebKit2.WebContext.new_ephemeral())
window = Gtk.Window()
window.add(view)
window.show_all()


def until(begin):
    """Runs the main loop until what `begin` has begun calls back; returns what it calls back with."""
    loop, got = GLib.MainLoop(), []
    begin(lambda value=None: (got.append(value), loop.quit()))
    loop.run()
    return got[0]


def load(go):
    def begin(done):
        def on_load(_, event):
            if event == WebKit2.LoadEvent.FINISHED:
                view.disconnect(handler)
                done()

        handler = view.connect("load-changed", on_load)
        go()

    until(begin)


def run(body):
    def begin(done):
        finish = lambda _, result: done(view.call_async_javascript_function_finish(result).to_string())
        view.call_async_javascript_function(body, -1, None, None, None, None, finish)

    return until(begin)


def wait(ms):
    until(lambda done: GLib.timeout_add(ms, done))


BEGIN = """
  aborter = new AbortController();
  outcome = "pending";
  fetch("/held", { method: "POST", body: "b", keepalive: KEEPALIVE, signal: aborter.signal })
    .then((response) => response.text())
    .then((text) => (outcome = text), (error) => (outcome = error.name));
  addEventListener("pageshow", ({ persisted }) => (kept = persisted));"""
for keepalive in ["true", "false"]:
    for event in (asked, answer, answered):
        event.clear()
    load(lambda: view.load_uri(url + "/page"))
    run(BEGIN.replace("KEEPALIVE", keepalive))
    asked.wait()
    load(lambda: view.load_uri(url + "/next"))
    answer.set()
    answered.wait(5)
    load(view.go_back)
    wait(5_000)
    print(f"keepalive {keepalive}, 5 s after Back: kept {run('return kept')}, {run('return outcome')}")
    run("aborter.abort()")
    wait(500)
    print(f"after abort(): {run('return outcome')}")
    again = 'return (await fetch("/again", { method: "POST", body: "b", keepalive: true })).text()'
    print(f"another: {run(again)}")
window.destroy()
display.terminate()
display.wait()
PY
/usr/bin/python3 run.py | tee out
diff - out <<'SEEN'
keepalive true, 5 s after Back: kept true, pending
after abort(): pending
another: a response
keepalive false, 5 s after Back: kept true, TypeError
after abort(): TypeError
another: a response
SEEN
