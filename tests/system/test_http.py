#!/usr/bin/python3
"""The listeners under awkward clients: long bodies, slow ones, those that go
away, long-polls, conditional and compressed answers, many at once."""
import gzip
import http.client
import json
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import cluster


class Test:
    def __init__(self, node):
        self.node, self.passed, self.failed = node, 0, 0

    def say(self, what, ok, more=""):
        self.passed += bool(ok)
        self.failed += not ok
        if not ok:
            print("FAIL %s %s" % (what, more))

    def unix(self):
        return cluster.UnixConnection(self.node.dir / "virbl.sock")

    def raw(self, tcp=False):
        if tcp:
            return socket.create_connection(("127.0.0.1", self.node.http), timeout=60)
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(60)
        s.connect(str(self.node.dir / "virbl.sock"))
        return s

    def ask(self, method, path, body=None, headers=None):
        c = self.unix()
        c.request(method, path, body=body, headers=headers or {})
        r = c.getresponse()
        data = r.read()
        c.close()
        return r, data

    # Bodies

    def long_body(self):
        before = self.node.peak_memory()
        big = b" " * (40 << 20)
        r, data = self.ask("POST", "/v1/sightings", big)
        self.say("a long body", r.status == 413 and json.loads(data)["hint"], data)
        c = http.client.HTTPConnection("127.0.0.1", self.node.http, timeout=60)
        c.request("POST", "/v1/sightings", body=big)
        r = c.getresponse()
        self.say("a long body from a stranger", r.status == 401, r.status)
        c.close()
        chunks = (b" " * 65536 for _ in range(640))
        r, data = self.ask("POST", "/v1/sightings", chunks)
        self.say("a long body without a length", r.status == 413, data)
        after = self.node.peak_memory()
        self.say("long bodies are not kept", after - before < 96 << 10, "%d KiB more" % (after - before))

    def expect(self):
        """Who waits for a word before the body gets the final one."""
        for tcp, path, length, want in ((False, "/v1/sightings", 1 << 30, b"413"), (True, "/v1/sightings", 100, b"401"),
                                        (False, "/v1/nothing", 100, b"404"), (False, "/v1/sightings", 2, b"100")):
            s = self.raw(tcp)
            s.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n"
                      % (path.encode(), length))
            got = s.recv(65536).split(b" ")[1]
            self.say("Expect, %s of %d bytes" % (path, length), got == want, got)
            s.close()

    def cut_off(self):
        """A client that goes away in the middle of its body changes nothing."""
        for _ in range(20):
            s = self.raw()
            s.sendall(b"POST /v1/sightings HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
                      b'{"address":"198.51.100.1","category":"worm"}\n')
            s.close()
        self.say("half a report", self.node.lookup("198.51.100.1")["sightings"] == [])

    def left(self):
        """A client that goes away after its report is not waited for."""
        for i in range(20):
            body = b'{"address":"198.51.100.%d","category":"worm","count":2}' % (i + 2)
            s = self.raw()
            s.sendall(b"POST /v1/sightings HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            s.close()
        self.say("still serving", self.node.get("/readyz")[0] == 200)

    def garbage(self):
        for junk in (b"\0" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01" + b"\xff" * 200,
                     b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 60000 + b"\r\n\r\n",
                     b"POST /v1/sightings HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
                     b"POST /v1/sightings HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n"):
            s = self.raw(tcp=True)
            try:
                s.sendall(junk)
                s.shutdown(socket.SHUT_WR)
                answer = s.recv(65536)
            except OSError:
                answer = b""        # hung up on
            self.say("garbage", not answer.startswith(b"HTTP/1.1 2"), answer[:80])
            s.close()
        self.say("still serving after garbage", self.node.get("/readyz")[0] == 200)

    def bad_lines(self):
        """One bad line never spoils the others, whatever is wrong with it."""
        bad = [b"\xff\xfe", b'{"a":' * 2000, b"nonsense", b'{"address":"x","category":"worm"}', b'{"threat":"' + b"x" * 70000 + b'"}',
               b'{"address":"198.51.100.200","category":"worm"', b"[[[[[[[[[[", b"null"]
        good = [b'{"address":"198.51.101.%d","category":"worm","count":2}' % i for i in range(len(bad))]
        body = b"".join(b"%s\n%s\n" % pair for pair in zip(bad, good))
        r, data = self.ask("POST", "/v1/sightings", body, {"Content-Type": "application/x-ndjson"})
        answer = json.loads(data)
        self.say("good lines between bad ones", r.status == 200 and answer["accepted"] == len(good), data)
        self.say("bad lines by number", [x["line"] for x in answer["rejected"]] == list(range(1, 2 * len(bad), 2)), data)
        many = b"x\n" * 5000
        r, data = self.ask("POST", "/v1/sightings", many, {"Content-Type": "application/x-ndjson"})
        answer = json.loads(data)
        self.say("many bad lines", r.status == 422 and len(answer["rejected"]) == 1000
                 and answer["rejected_left_out"] == 4000, data[-200:])

    # Answers

    def conditional(self):
        r, plain = self.ask("GET", "/v1/list/worm")
        tag = r.getheader("ETag")
        for given, want in ((tag, 304), ('"x", ' + tag, 304), ("*", 304), ('"x"', 200), (tag[:-2] + '"', 200)):
            r, data = self.ask("GET", "/v1/list/worm", headers={"If-None-Match": given})
            self.say("If-None-Match " + given, r.status == want and (want == 200 or data == b""), r.status)
        r, data = self.ask("GET", "/v1/list/worm", headers={"Accept-Encoding": "gzip"})
        zipped = r.getheader("ETag")
        self.say("gzip", r.getheader("Content-Encoding") == "gzip" and gzip.decompress(data) == plain)
        self.say("gzip has its own tag", zipped != tag)
        r, data = self.ask("GET", "/v1/list/worm", headers={"If-None-Match": zipped, "Accept-Encoding": "gzip"})
        self.say("unchanged with gzip", r.status == 304, r.status)
        r, data = self.ask("GET", "/v1/list/worm", headers={"Accept-Encoding": "gzip;q=0"})
        self.say("gzip refused", r.getheader("Content-Encoding") is None and data == plain)
        self.node.post([{"address": "203.0.113.250", "category": "worm", "count": 2}])
        r, data = self.ask("GET", "/v1/list/worm", headers={"If-None-Match": tag})
        self.say("another list, another tag", r.status == 200 and b"203.0.113.250" in data, r.status)
        r, data = self.ask("HEAD", "/v1/list/worm")
        self.say("HEAD", r.status == 200 and data == b"" and r.getheader("ETag")
                 and r.getheader("Content-Length") is None, r.getheaders())

    def large(self):
        """A long list in all formats says the same."""
        rows = [{"address": "10.%d.%d.%d" % (i >> 16, i >> 8 & 255, i & 255), "category": "scan", "count": 2,
                 "threat": "t%d" % (i % 7)} for i in range(1, 20001)]
        for i in range(0, len(rows), 5000):
            status, answer = self.node.post(rows[i:i + 5000])
            self.say("a large report", status == 200 and answer["accepted"] == 5000, answer)
        plain = self.ask("GET", "/v1/list/abuse")[1].decode().splitlines()
        self.say("plain", plain == [r["address"] for r in rows])
        csv = self.ask("GET", "/v1/list/abuse?format=csv")[1].decode().splitlines()[1:]
        self.say("csv", [line.split(",")[0] for line in csv] == plain)
        whole = json.loads(self.ask("GET", "/v1/list/abuse?format=json")[1])
        self.say("json", [x["address"] for x in whole["rows"]] == plain and whole["count"] == len(plain))
        lines = self.ask("GET", "/v1/list/abuse?format=ndjson")[1].decode().splitlines()
        self.say("ndjson", [json.loads(x) for x in lines] == whole["rows"])
        some = self.ask("GET", "/v1/list/abuse?prefix=10.0.1.0/24&limit=10")[1].decode().splitlines()
        self.say("prefix and limit", len(some) == 10 and some == sorted(some, key=lambda a: int(a[7:]))
                 and all(a.startswith("10.0.1.") for a in some), some)
        anew = self.ask("GET", "/v1/list/abuse/changes")[1].decode().splitlines()
        self.say("changes from nothing", json.loads(anew[0])["op"] == "reset"
                 and [json.loads(x)["address"] for x in anew[1:-1]] == plain)

    def changes(self):
        """Following the changes with cursors gives the list."""
        listed, cursor = set(), None

        def follow(wait=0):
            nonlocal cursor
            path = "/v1/list/worm/changes?wait=%d" % wait + ("&since=" + cursor if cursor else "")
            lines = [json.loads(x) for x in self.ask("GET", path)[1].decode().splitlines()]
            cursor = lines[-1]["cursor"]
            for x in lines[:-1]:
                if x["op"] == "reset":
                    listed.clear()
                elif x["op"] in ("added", "extended"):
                    listed.add(x["address"])
                else:
                    listed.discard(x["address"])
            return len(lines) - 1

        def plain():
            return set(self.ask("GET", "/v1/list/worm")[1].decode().split())
        follow()
        self.say("after a reset", listed == plain())
        threads = [threading.Thread(target=self.ask, args=("POST", "/v1/sightings", json.dumps(
            {"address": "192.0.2.%d" % (i + 100), "category": "worm", "count": 2}))) for i in range(40)]
        for t in threads:
            t.start()
        while "192.0.2.139" not in listed or len([x for x in listed if x.startswith("192.0.2.1")]) < 40:
            follow(25)
        for t in threads:
            t.join()
        self.ask("POST", "/v1/retract", '{"address":"192.0.2.120"}')
        while follow():
            pass
        self.say("after changes", listed == plain() and "192.0.2.120" not in listed)
        for bad, why in (("x", "not a cursor"), ("0000000000000000-1", "the node was restarted"),
                         (cursor.split("-")[0] + "-999999999", "the cursor is too old"),
                         (cursor + "x", "not a cursor"), ("", "no cursor")):
            lines = self.ask("GET", "/v1/list/worm/changes?since=" + bad)[1].decode().splitlines()
            first = json.loads(lines[0])
            self.say("cursor " + bad, first["op"] == "reset" and first["reason"] == why and "forget" in first["hint"]
                     and {json.loads(x)["address"] for x in lines[1:-1]} == plain(), lines[0])
        started = time.monotonic()
        self.ask("GET", "/v1/list/spam/changes?wait=1&since=" + cursor.split("-")[0] + "-0")
        self.say("a poll waits", time.monotonic() - started >= 0.9)

    # Certificates

    def serial(self):
        """Of the certificate that https shows now."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", self.node.https), timeout=60) as s:
            with context.wrap_socket(s) as tls:
                return hash(tls.getpeercert(binary_form=True))

    def certificates(self):
        """https takes a new certificate while it serves; a bad one is not taken."""
        first = self.serial()
        c = http.client.HTTPSConnection("127.0.0.1", self.node.https, timeout=60,
                                        context=ssl._create_unverified_context())
        c.request("GET", "/v1/digest")
        self.say("https", c.getresponse().read().startswith(b"{"))
        (self.node.dir / "tls.crt").write_text("nonsense")

        def refused():
            "said in the log"
            return "keeps its old certificate" in self.node.log()
        cluster.wait_for(refused)
        self.say("a bad certificate", self.serial() == first)
        certificate(self.node)

        def renewed():
            "another certificate"
            return self.serial() != first
        cluster.wait_for(renewed)
        c.request("GET", "/readyz")
        self.say("old connections go on", c.getresponse().status == 200)
        c.close()

    # Time and numbers

    def slow(self):
        """A byte now and then does not keep a connection for ever."""
        begin = time.monotonic()
        s = self.raw(tcp=True)
        try:
            for c in b"GET / HTTP/1.1\r\nX-Slow: " + b"x" * 600:
                s.sendall(bytes([c]))
                s.settimeout(0.2)
                try:
                    if s.recv(1000) == b"":
                        break
                except socket.timeout:
                    pass
        except ConnectionError:
            pass
        took = time.monotonic() - begin
        s.close()
        self.say("slow headers", 9 < took < 100, "%.1f s" % took)

    def crowd(self):
        """Many at once are all answered, or told to come later."""
        answers = []

        def work(i):
            for j in range(20):
                r, data = self.ask("POST", "/v1/sightings", json.dumps(
                    {"address": "172.20.%d.%d" % (i, j), "category": "spam", "count": 2, "id": "%d-%d" % (i, j)}))
                answers.append((r.status, json.loads(data).get("accepted")))
        threads = [threading.Thread(target=work, args=(i,)) for i in range(16)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.say("a crowd", answers == [(200, 1)] * 320, set(answers))

    def stop(self):
        """Stopping answers those who wait, and nobody can hold it up."""
        over = threading.Event()

        def reload():
            while not over.is_set():
                try:
                    self.node.request("POST", "/v1/reload")
                except Exception:
                    time.sleep(0.01)
        reloaders = [threading.Thread(target=reload) for _ in range(6)]
        for t in reloaders:
            t.start()
        time.sleep(0.5)
        try:
            self.say("stops while it is told to reload", self.node.stop() == 0)
        except subprocess.TimeoutExpired:
            self.say("stops while it is told to reload", False)
            self.node.kill()
        over.set()
        for t in reloaders:
            t.join()
        self.node.start()
        got = []
        cursor = json.loads(self.ask("GET", "/v1/list/worm/changes")[1].decode().splitlines()[-1])["cursor"]
        t = threading.Thread(target=lambda: got.append(self.ask("GET", "/v1/list/worm/changes?wait=25&since=" + cursor)))
        t.start()
        time.sleep(0.3)
        self.say("stops cleanly", self.node.stop() == 0)
        t.join()
        self.say("a poll is answered at the stop", got and got[0][0].status == 200, got)


def certificate(node):
    """Make tls.crt and tls.key of a new ordinary key."""
    for end in ("key", "crt"):
        (node.dir / ("new." + end)).unlink(missing_ok=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-subj", "/CN=localhost", "-keyout", str(node.dir / "new.key"), "-out", str(node.dir / "new.crt")],
                   check=True, stderr=subprocess.DEVNULL)
    for end in ("key", "crt"):
        (node.dir / ("new." + end)).rename(node.dir / ("tls." + end))


def main():
    with tempfile.TemporaryDirectory() as root:
        node = cluster.Node(root, "alpha")
        node.https = cluster.free_port()
        secure = shutil.which("openssl") is not None
        if secure:
            certificate(node)
            node.conf.write_text(node.conf.read_text().replace("listen {", (
                'listen { https = "127.0.0.1:%d"  https_cert = "%s"  https_key = "%s" ')
                % (node.https, node.dir / "tls.crt", node.dir / "tls.key"), 1))
        else:
            print("without https: no openssl to make certificates")
        node.start()
        test = Test(node)
        try:
            if secure:
                test.certificates()
            for part in (test.expect, test.long_body, test.cut_off, test.left, test.garbage, test.bad_lines,
                         test.changes, test.conditional, test.large, test.crowd, test.slow, test.stop):
                part()
        finally:
            if node.stop() not in (0, None):
                test.say("ends well", False, node.log()[-2000:])
    print("%d passed, %d failed" % (test.passed, test.failed))
    return 1 if test.failed else 0


if __name__ == "__main__":
    sys.exit(main())
