"""A browser of WebKitGTK's own parts, for webkit.ts: a window whose tabs share one folder of user data.

It reads orders from stdin and answers them on stdout, one JSON object a line: {"id": 1, "do": "goto", "tab": 1, "url": "..."} is answered by
{"id": 1, "result": ...} or {"id": 1, "error": "..."}, whatever comes first. The first line is its version. It ends when stdin does.
"""

import json
import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gio, GLib, Gtk, WebKit2


def answer(id, **outcome):
    print(json.dumps({"id": id, **outcome}), flush=True)


class Tab:
    def __init__(self, context):
        self.view = WebKit2.WebView(web_context=context, visible=True)
        # The order that waits for a page, and whether one has come since.
        self.order, self.has_moved = None, False
        self.evaluations = set()
        self.view.connect("load-changed", self.on_load)
        self.view.connect("load-failed", self.on_failure)
        self.view.connect("notify::is-loading", self.on_loading)
        self.view.connect("web-process-terminated", lambda *_: self.give_up("the page's process has ended"))
        # Within one document there is nothing to load.
        self.view.get_back_forward_list().connect("changed", self.on_move)

    def wait(self, id):
        self.order, self.has_moved = id, False

    def settle(self, **outcome):
        id, self.order = self.order, None
        if id is not None:
            answer(id, **outcome)

    def on_load(self, _, event):
        if event == WebKit2.LoadEvent.COMMITTED:
            self.on_move()
            self.drop_evaluations("the page has gone")

    def on_move(self, *_):
        self.has_moved = True

    def on_loading(self, *_):
        if self.has_moved and not self.view.is_loading():
            self.settle()

    def on_failure(self, _view, _event, url, error):
        # What the next order has cut off is not that order's failure.
        if not error.matches(WebKit2.network_error_quark(), WebKit2.NetworkError.CANCELLED):
            self.settle(error=f"{url}: {error.message}")
        return True

    def evaluate(self, id, body):
        def on_result(view, result):
            try:
                value = view.call_async_javascript_function_finish(result)
                outcome = {} if value.is_undefined() else {"result": value.to_string()}
            except GLib.Error as error:
                outcome = {"error": error.message}
            if id in self.evaluations:
                self.evaluations.remove(id)
                answer(id, **outcome)

        self.evaluations.add(id)
        self.view.call_async_javascript_function(body, -1, None, None, None, None, on_result)

    def drop_evaluations(self, reason):
        while self.evaluations:
            answer(self.evaluations.pop(), error=reason)

    def give_up(self, reason):
        self.drop_evaluations(reason)
        self.settle(error=reason)


class Host:
    def __init__(self, folder):
        data = WebKit2.WebsiteDataManager(base_data_directory=f"{folder}/data", base_cache_directory=f"{folder}/cache")
        data.set_network_proxy_settings(WebKit2.NetworkProxyMode.NO_PROXY, None)
        self.context = WebKit2.WebContext(website_data_manager=data)
        # As in a browser's window: what is not the page in front is not shown, and its document is hidden.
        self.book = Gtk.Notebook(show_tabs=False, show_border=False)
        window = Gtk.Window(default_width=1280, default_height=720)
        window.add(self.book)
        window.show_all()
        self.tabs = {}

    def open(self, id, tab, inBackground):
        self.tabs[tab] = Tab(self.context)
        page = self.book.append_page(self.tabs[tab].view, None)
        if not inBackground:
            self.book.set_current_page(page)
        self.goto(id, tab, "about:blank")

    def goto(self, id, tab, url):
        self.tabs[tab].wait(id)
        self.tabs[tab].view.load_uri(url)

    def back(self, id, tab):
        self.tabs[tab].wait(id)
        self.tabs[tab].view.go_back()

    def evaluate(self, id, tab, body):
        self.tabs[tab].evaluate(id, body)

    def show(self, id, tab):
        self.book.set_current_page(self.book.page_num(self.tabs[tab].view))
        answer(id)

    def close(self, id, tab):
        closed = self.tabs.pop(tab)

        def on_close(view):
            closed.give_up("the tab was closed")
            view.destroy()
            answer(id)

        closed.view.connect("close", on_close)
        closed.view.try_close()


def main(folder):
    host = Host(folder)
    orders = Gio.DataInputStream(base_stream=Gio.UnixInputStream(fd=0))

    def on_line(stream, result):
        line, _ = stream.read_line_finish_utf8(result)
        if line is None:
            return Gtk.main_quit()
        order = json.loads(line)
        try:
            getattr(host, order.pop("do"))(**order)
        except Exception as error:
            answer(order["id"], error=repr(error))
        stream.read_line_async(GLib.PRIORITY_DEFAULT, None, on_line)

    orders.read_line_async(GLib.PRIORITY_DEFAULT, None, on_line)
    version = (WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version())
    answer(0, result=".".join(map(str, version)))
    Gtk.main()


main(sys.argv[1])
