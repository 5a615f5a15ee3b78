#!/usr/bin/python3
"""The page: its files, the look-up without scripts, and who may log in and out;
what a browser is told to refuse, and requests that other sites could forge."""
import html.parser
import http.client
import json
import re
import sys
import tempfile
import urllib.parse

import cluster

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
          "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")


class Names(html.parser.HTMLParser):
    """What a page loads, links to and sends to, and whatever runs in place."""

    def __init__(self, text):
        super().__init__()
        self.loads, self.inline = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        for name, value in attrs.items():
            if name.startswith("on") or name == "style":
                self.inline.append((tag, name))
            if name in ("src", "href", "action"):
                self.loads.append(value)
        if tag == "style" or (tag == "script" and "src" not in attrs):
            self.inline.append((tag, ""))


class Page:
    def __init__(self, node):
        self.node, self.passed, self.failed = node, 0, 0

    def say(self, what, ok, more=""):
        self.passed += bool(ok)
        self.failed += not ok
        if not ok:
            print("FAIL %s %s" % (what, more))

    def ask(self, method, path, headers=None, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.node.http, timeout=60)
        headers = dict(headers or {})
        if body is not None:
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        c.request(method, path, body, headers)
        r = c.getresponse()
        data = r.read()
        c.close()
        return r, data

    # Files

    def files(self):
        r, data = self.ask("GET", "/", {"Accept": "text/html,*/*;q=0.8"})
        self.say("a browser gets the page", r.status == 200
                 and r.headers["Content-Type"] == "text/html; charset=utf-8", r.status)
        self.say("policy of the page", r.headers["Content-Security-Policy"] == POLICY,
                 r.headers["Content-Security-Policy"])
        r, text = self.ask("GET", "/", {"Accept": "*/*"})
        self.say("a program gets text", r.headers["Content-Type"].startswith("text/plain"))
        names = Names(data.decode())
        self.say("nothing runs in place", not names.inline, names.inline)
        self.say("nothing from elsewhere", all(n.startswith(("/", "#")) for n in names.loads),
                 names.loads)
        seen, queue, total = set(), [n for n in names.loads if n.startswith("/www/")], len(data)
        while queue:
            name = queue.pop()
            if name in seen:
                continue
            seen.add(name)
            r, body = self.ask("GET", name)
            self.say("file " + name, r.status == 200 and r.headers["ETag"], r.status)
            total += len(body)
            again, _ = self.ask("GET", name, {"If-None-Match": r.headers["ETag"]})
            self.say("known file " + name, again.status == 304, again.status)
            # What comes with the first view; import() comes when it is wanted.
            queue += ["/www/" + m for m in re.findall(r'^import .* from "\./([a-z_.]+)"', body.decode(), re.M)]
            for m in re.findall(r'import\("\./([a-z_.]+)"\)', body.decode()):
                r, _ = self.ask("GET", "/www/" + m)
                self.say("view " + m, r.status == 200, r.status)
        self.say("scripts were found", "/www/app.js" in seen and "/www/dom.js" in seen, seen)
        self.say("first paint below 100 KB", total < 100000, total)
        for bad in ("/www/nothing.js", "/www/../virbl.conf", "/www/%2e%2e/virbl.conf", "/www/"):
            r, body = self.ask("GET", bad)
            self.say("no file " + bad, r.status == 404, r.status)
        r, _ = self.ask("GET", "/v1/node")
        self.say("policy of data", r.headers["Content-Security-Policy"]
                 == "default-src 'none'; frame-ancestors 'none'")

    # The look-up without scripts

    def lookup(self):
        self.node.virbl("report", "192.0.2.77", "--category", "worm", "--threat",
                        "<img src=x onerror=alert(1)>", "--count", "2")
        r, data = self.ask("GET", "/lookup?ip=192.0.2.77")
        text = data.decode()
        names = Names(text)
        self.say("listed", r.status == 200 and "192.0.2.77 is listed" in text)
        self.say("a threat is text", "<img" not in text and "&lt;img src=x" in text)
        self.say("nothing runs in the look-up", not names.inline, names.inline)
        self.say("the form leads somewhere here", "/v1/removal" in names.loads, names.loads)
        r, data = self.ask("GET", "/lookup?ip=%20192.0.2.78%20")
        self.say("blanks around an address", r.status == 200 and b"192.0.2.78 is not listed" in data)
        r, data = self.ask("GET", "/lookup?ip=2001:db8::77")
        self.say("IPv6", r.status == 200 and b"2001:db8::/64 is not listed" in data)
        r, data = self.ask("GET", "/lookup")
        self.say("asks for an address", r.status == 200 and b'name="ip"' in data)
        for bad in ('"><script>alert(1)</script>', "192.0.2", "x" * 500, "192.0.2.0/24"):
            r, data = self.ask("GET", "/lookup?ip=" + urllib.parse.quote(bad))
            self.say("not an address", r.status == 400 and b"<script" not in data
                     and b'role="alert"' in data, bad)

    # Logging in

    def login(self, *args):
        url = self.node.virbl("web", "login", *args).stdout.strip()
        base, code = url.split("/#login/")
        self.say("the link leads to the http listener",
                 base == "http://127.0.0.1:%d" % self.node.http, url)
        return code

    def open(self, code):
        r, data = self.ask("POST", "/v1/session", body={"code": code})
        cookie = r.headers["Set-Cookie"]
        return r.status, json.loads(data), cookie

    def sessions(self):
        code = self.login()
        status, me, cookie = self.open(code)
        self.say("a code logs in", status == 200 and me["role"] == "operator" and me["ends"], me)
        self.say("the cookie", "HttpOnly" in cookie and "SameSite=Strict" in cookie
                 and "Path=/;" in cookie, cookie)
        with_it = {"Cookie": "other=1; " + cookie.split(";")[0]}
        status, me, none = self.open(code)
        self.say("a code works once", status == 422 and none is None, me)
        r, data = self.ask("GET", "/v1/status", with_it)
        self.say("the session may ask", r.status == 200, r.status)
        r, data = self.ask("GET", "/v1/session", with_it)
        self.say("who am I", json.loads(data)["role"] == "operator", data)
        body = {"address": "192.0.2.77"}
        r, data = self.ask("POST", "/v1/retract", with_it, body)
        self.say("another site cannot act", r.status == 401, r.status)
        r, data = self.ask("POST", "/v1/retract", {"X-Virbl-Page": "1", **with_it}, body)
        self.say("the page can", r.status == 200, data)
        r, data = self.ask("DELETE", "/v1/session", with_it)
        self.say("logging out", r.status == 200 and "Max-Age=0" in r.headers["Set-Cookie"])
        r, data = self.ask("GET", "/v1/status", with_it)
        self.say("after that nothing", r.status == 401, r.status)
        self.say("no code", self.open("")[0] == 400)
        for bad in ("virbl_" + "A" * 43, "x"):
            self.say("no such code", self.open(bad)[0] == 422, bad)
            r, data = self.ask("GET", "/v1/status", {"Cookie": "virbl_session=" + bad})
            self.say("no such session", r.status == 401, bad)
        r, data = self.ask("GET", "/v1/session")
        self.say("nobody", json.loads(data)["role"] == "public")

    def desks(self):
        secret = self.node.virbl("token", "add", "desk", "nl", "--prefix",
                                 "198.51.100.0/24").stdout.strip()
        for code in (self.login("nl"), secret):
            status, me, cookie = self.open(code)
            self.say("a desk logs in", status == 200 and me["role"] == "desk"
                     and me["prefixes"] == ["198.51.100.0/24"], me)
            with_it = {"Cookie": cookie.split(";")[0], "X-Virbl-Page": "1"}
            r, data = self.ask("POST", "/v1/clear", with_it, {"address": "192.0.2.77"})
            self.say("a desk keeps to its prefixes", r.status == 403, data)
            r, data = self.ask("GET", "/v1/status", with_it)
            self.say("a desk is no operator", r.status == 403, r.status)
        r = self.node.virbl("web", "login", "nobody", check=False)
        self.say("no such token", r.returncode == 3 and "no token of this name" in r.stderr,
                 (r.returncode, r.stderr))
        r, data = self.ask("POST", "/v1/login", {"Authorization": "Bearer " + secret}, {})
        self.say("only the operator makes links", r.status == 403, r.status)
        r = self.node.virbl("web", "login", "--base", "https://bl.example.net/")
        self.say("another base", r.stdout.startswith("https://bl.example.net/#login/virbl_"), r.stdout)


def main():
    with tempfile.TemporaryDirectory() as root:
        node = cluster.Node(root, "alpha")
        node.start()
        try:
            page = Page(node)
            page.files()
            page.lookup()
            page.sessions()
            page.desks()
            page.say("stops cleanly", node.stop() == 0)
        finally:
            node.stop()
    print("%d passed, %d failed" % (page.passed, page.failed))
    return 1 if page.failed else 0


if __name__ == "__main__":
    sys.exit(main())
