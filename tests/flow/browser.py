#!/usr/bin/python3
"""A moderator's minute in a real browser: log in, open an item, approve it,
undo that, log out.

Drives Debian's Chromium through chromedriver (packages chromium and
chromium-driver) with nothing but Python's standard library. Ends with 0 when
every page showed what it should, 1 when one did not, 77 when there is no
browser to do it with.

  browser.py --url http://127.0.0.1:8053 --user ada --item 1
             [--password TEXT, else $RBL_PASSWORD] [--do approve,undo]
             [--screenshot FILE.png] [--shots DIR]
"""
import argparse
import base64
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
SKIP = 77


class Failed(Exception):
    """The page did not show what it should."""


def say(text):
    print("browser: " + text, flush=True)


def free_port():
    """The driver can choose a port by itself, but where there is no IPv6 it
    does not say which."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Browser:
    """One headless browser window, by the W3C WebDriver protocol."""

    def __init__(self, driver, chrome):
        self.home = tempfile.mkdtemp(prefix="rbl-browser-")
        self.session = None
        self.driver = subprocess.Popen(
            [driver, "--port=%d" % free_port()], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        port = None
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                port = found.group(1)
                break
        if port is None:
            raise Failed("chromedriver ended before it was ready")
        self.base = "http://127.0.0.1:" + port
        args = ["--headless=new", "--disable-gpu", "--disable-quic",
                "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--window-size=1200,900",
                "--user-data-dir=" + self.home]
        # root may have no sandbox, and containers have none to give; only
        # our own pages are looked at
        try:
            try:
                if os.geteuid() == 0:
                    raise Failed("root has no sandbox")
                self.begin(chrome, args)
            except Failed:
                self.begin(chrome, args + ["--no-sandbox"])
        except (Failed, OSError):
            self.close()
            raise

    def begin(self, chrome, args):
        answer = self.call("POST", "/session", {"capabilities": {
            "alwaysMatch": {
                "browserName": "chrome",
                "goog:chromeOptions": {"binary": chrome, "args": args},
                "goog:loggingPrefs": {"browser": "ALL"},
                "timeouts": {"pageLoad": 30000, "implicit": 0},
            }}})
        self.session = "/session/" + answer["sessionId"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base + path, data=data, method=method,
            headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise Failed("%s: %s" % (
                path.rsplit("/", 1)[-1],
                value.get("message", "").split("\n")[0])) from None

    def close(self):
        if self.session is not None:
            try:
                self.call("DELETE", self.session)
            except (Failed, OSError):
                pass
        self.driver.terminate()
        self.driver.wait()
        self.driver.stdout.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def go(self, url):
        self.call("POST", self.session + "/url", {"url": url})

    def url(self):
        return self.call("GET", self.session + "/url")

    def find(self, css):
        return [e[ELEMENT] for e in self.call(
            "POST", self.session + "/elements",
            {"using": "css selector", "value": css})]

    def one(self, css):
        found = self.find(css)
        if not found:
            raise Failed("%s has no %s" % (self.url(), css))
        return found[0]

    def text(self, css):
        return self.call("GET", "%s/element/%s/text" % (
            self.session, self.one(css)))

    def attribute(self, css, name):
        return self.call("GET", "%s/element/%s/attribute/%s" % (
            self.session, self.one(css), name))

    def click(self, css):
        """Click on what leads to another page, and wait for that page: the
        driver may return before the browser has left the old one, which is
        seen by its elements' going stale."""
        old = self.one("html")
        self.call("POST", "%s/element/%s/click" % (
            self.session, self.one(css)), {})
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                self.call("GET", "%s/element/%s/name" % (self.session, old))
            except Failed:
                return
        raise Failed("%s leads nowhere" % css)

    def type(self, css, text):
        self.call("POST", "%s/element/%s/value" % (
            self.session, self.one(css)), {"text": text})

    def cdp(self, command, **parameters):
        return self.call("POST", self.session + "/goog/cdp/execute",
                         {"cmd": command, "params": parameters})

    def look(self, width=1200, height=900, dark=False):
        """How wide the window is, and which colours it asks for."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width,
                 height=height, deviceScaleFactor=1, mobile=width < 600)
        self.cdp("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}])

    def shot(self, path, whole=True):
        data = self.cdp("Page.captureScreenshot", format="png",
                        captureBeyondViewport=whole)["data"]
        with open(path, "wb") as out:
            out.write(base64.b64decode(data))

    def complaints(self):
        """What the browser wrote on its console."""
        return [row["message"] for row in self.call(
            "POST", self.session + "/se/log", {"type": "browser"})]


def want(right, what):
    if not right:
        raise Failed("expected: " + what)
    say("ok - " + what)


class Day:
    def __init__(self, browser, args):
        self.b = browser
        self.args = args
        self.item = "%s/queue/%s" % (args.url, args.item)
        self.key = None

    def log_in(self):
        b, args = self.b, self.args
        b.go(args.url + "/queue")
        want("Log in to see this page" in b.text("main"),
             "the queue asks for a log-in")
        b.type("#user", args.user)
        b.type("#password", args.password)
        b.click(".login button")
        want(b.url() == args.url + "/queue", "the log-in leads to the queue")
        want(b.text("h1") == "Queue", "the queue is shown")
        want(args.user in b.text(".me"), "the page names who is logged in")

    def approve(self):
        b = self.b
        row = "#item-%s" % self.args.item
        while not b.find(row) and b.find("a[rel=next]"):
            b.click("a[rel=next]")
        want(b.find(row + " button.list") != [],
             "the row offers to list what is advised")
        b.click("a.subject[href='/queue/%s']" % self.args.item)
        want(b.url() == self.item, "the row leads to its item")
        boundary = b.text(".hops mark")
        want(boundary != "", "the boundary is marked: " + boundary)
        want(boundary in b.text(".raw mark"),
             "the same relay is marked in the raw headers")
        if self.args.screenshot:
            b.look(1200, 900)
            b.shot(self.args.screenshot, whole=False)
            say("screenshot: " + self.args.screenshot)
        self.key = b.text(".decide button.list .key")
        b.type("#reason", "seen in a browser")
        b.click(".decide button.list")
        want(b.url() == self.item, "the decision leads back to the item")
        status = b.text(".side [role=status]")
        want("Listed" in status and self.key in status,
             "the page says that %s is listed" % self.key)
        want(b.find(".side button.undo") != [], "the undo stands beside it")
        b.go(self.args.url + "/log")
        want("seen in a browser" in b.text(".log"),
             "the log has the decision with its reason")
        b.go("%s/lookup?q=%s" % (self.args.url, self.key))
        want(b.text(".verdict .big") == "Listed", "the look-up says so too")

    def undo(self):
        b = self.b
        b.go(self.item)
        b.click(".side button.undo")
        want(b.url() == self.item, "the undo leads back to the item")
        want(b.find(".decide button.list") != [], "the item waits again")
        key = b.text(".decide button.list .key")
        b.go("%s/lookup?q=%s" % (self.args.url, key))
        want(b.text(".verdict .big") == "Not listed",
             "the look-up knows %s no more" % key)

    def shots(self, folder):
        """Every page, wide and narrow, light and dark."""
        b = self.b
        pages = {"queue": "/queue", "item": "/queue/" + str(self.args.item),
                 "log": "/log", "lookup": "/lookup?q=203.0.114.9",
                 "entries": "/entries?q=203.0.114.9", "home": "/"}
        for name, path in pages.items():
            for width, dark in ((1200, 0), (1200, 1), (375, 0), (375, 1)):
                b.look(width, 900, bool(dark))
                b.go(self.args.url + path)
                b.shot("%s/%s-%d-%s.png" % (
                    folder, name, width, "dark" if dark else "light"))
        b.look()

    def log_out(self):
        b = self.b
        b.go(self.args.url + "/queue")
        b.click(".logout button")
        want(b.url() == self.args.url + "/login", "the log-out ends here")
        b.go(self.args.url + "/queue")
        want(b.find("#password") != [], "the queue is closed again")


def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--url", default=os.environ.get("RBL_URL"))
    p.add_argument("--user", default=os.environ.get("RBL_USER"))
    p.add_argument("--password", default=os.environ.get("RBL_PASSWORD"))
    p.add_argument("--item", default=os.environ.get("RBL_ITEM"))
    p.add_argument("--do", default="approve,undo",
                   help="which of approve, undo; in this order")
    p.add_argument("--screenshot", help="of the item before the decision")
    p.add_argument("--shots", help="a folder for pictures of all pages")
    args = p.parse_args()
    if not (args.url and args.user and args.password and args.item):
        p.error("--url, --user, --password and --item are needed")
    args.url = args.url.rstrip("/")
    return args


def main():
    args = arguments()
    driver = shutil.which(os.environ.get("CHROMEDRIVER", "chromedriver"))
    chrome = next(filter(None, map(shutil.which, (
        os.environ.get("CHROME", "chromium"), "chromium-headless-shell"))),
        None)
    if driver is None or chrome is None:
        say("SKIPPED: NO BROWSER. The pages were NOT looked at: install the "
            "Debian packages chromium and chromium-driver.")
        return SKIP
    try:
        browser = Browser(driver, chrome)
    except (Failed, OSError) as error:
        say("FAILED: %s" % error)
        return 1
    try:
        day = Day(browser, args)
        day.log_in()
        for step in args.do.split(","):
            if step == "approve":
                day.approve()
            elif step == "undo":
                day.undo()
            elif step != "":
                raise Failed("no such step: " + step)
        if args.shots:
            day.shots(args.shots)
        day.log_out()
        # the browser's own first page is not ours to answer for
        noise = [m for m in browser.complaints()
                 if "401 (Unauthorized)" not in m and
                 not m.startswith("chrome://")]
        want(noise == [], "the browser has no complaints" +
             "".join("\n  " + m for m in noise))
    except Failed as error:
        say("FAILED: %s" % error)
        return 1
    finally:
        browser.close()
    say("all steps done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
