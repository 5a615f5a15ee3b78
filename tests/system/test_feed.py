#!/usr/bin/python3
"""The changes of a list as they happen: server-sent events tell each change once
and in order, say new, update, delist and expire for what they are, go on where
a client was cut off, and are bounded in number."""
import json
import sys
import tempfile
import threading
import time

import cluster

# Its listings end while one waits.
SHORT = 'list short { categories = {"test"}  threshold = 1  groups = 1  window = 10m  hold = 4s }\n'


class Stream:
    """Server-sent events, as a browser reads them."""

    def __init__(self, node, name, query="", last=None):
        self.c = cluster.UnixConnection(node.dir / "virbl.sock", timeout=120)
        headers = {"Accept": "text/event-stream"}
        if last:
            headers["Last-Event-ID"] = last
        self.c.request("GET", "/v1/list/%s/changes%s" % (name, query), headers=headers)
        self.r = self.c.getresponse()
        self.last = last
        self.beats = 0

    def next(self):
        """(type, data) of the next event, None at the end."""
        kind, data = "message", ""
        while True:
            line = self.r.readline().decode()
            if line == "":
                return None
            line = line.rstrip("\n")
            if line == "" and data:
                return kind, json.loads(data)
            if line.startswith(":"):
                self.beats += 1
            elif line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                data += line[6:]
            elif line.startswith("id: "):
                self.last = line[4:]
            elif line:
                raise AssertionError("not an event: " + line)

    def until(self, want):
        """All events up to the first for which want(type, data)."""
        got = []
        while True:
            e = self.next()
            if e is None:
                raise AssertionError("the stream ended after %s" % got[-3:])
            got.append(e)
            if want(*e):
                return got

    def close(self):
        self.r.close()
        self.c.close()


class Test:
    def __init__(self, node):
        self.node, self.passed, self.failed = node, 0, 0

    def say(self, what, good, detail=""):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print("FAIL %s %s" % (what, detail), flush=True)

    def report(self, address, category="worm", count=2):
        status, answer = self.node.post([{"address": address, "category": category, "count": count}])
        assert status == 200, answer

    def plain(self, name="worm"):
        return self.node.get("/v1/list/" + name)[1].decode().split()

    def life(self):
        """From new over update to expire; delist by retraction."""
        s = Stream(self.node, "short")
        self.say("type", s.r.getheader("Content-Type") == "text/event-stream" and s.r.status == 200)
        first = s.until(lambda kind, data: kind == "cursor")
        self.say("begins with a reset", first[0][0] == "reset" and first[0][1]["reason"] == "no cursor", first)
        self.say("has an id", s.last == first[-1][1]["cursor"], s.last)
        self.report("192.0.2.1", "test")
        e = s.next()
        self.say("new", e[0] == "new" and e[1]["op"] == "added" and e[1]["address"] == "192.0.2.1", e)
        renewed = []
        for _ in range(3):
            time.sleep(1.5)
            self.report("192.0.2.1", "test")
            renewed.append(s.next())
        self.say("a renewal is an update, never a removal", [x[0] for x in renewed] == ["update"] * 3
                 and [x[1]["op"] for x in renewed] == ["extended"] * 3
                 and [x[1]["until"] for x in renewed] == sorted({x[1]["until"] for x in renewed}), renewed)
        e = s.next()
        self.say("expire", e == ("expire", {"op": "removed", "event": "expire", "address": "192.0.2.1"}), e)
        self.report("192.0.2.2", "test")
        s.next()
        self.node.virbl("retract", "192.0.2.2")
        e = s.next()
        self.say("delist", e == ("delist", {"op": "removed", "event": "delist", "address": "192.0.2.2"}), e)
        s.close()

    def resume(self):
        """Last-Event-ID: what was missed, no more and no less."""
        s = Stream(self.node, "worm")
        s.until(lambda kind, data: kind == "cursor")
        self.report("198.51.100.1")
        s.next()
        cut = s.last
        s.close()
        for i in range(2, 6):
            self.report("198.51.100.%d" % i)
        for query, last in (("?since=nonsense", cut), ("?since=" + cut, None)):
            s = Stream(self.node, "worm", query, last)
            got = [s.next() for _ in range(4)]
            self.say("goes on", [x[1]["address"] for x in got] == ["198.51.100.%d" % i for i in range(2, 6)]
                     and {x[0] for x in got} == {"new"}, got)
            s.close()
        for last, why in (("0123456789abcdef-7", "the node was restarted"), ("x", "not a cursor"),
                          (cut.split("-")[0] + "-99999999", "the cursor is too old")):
            s = Stream(self.node, "worm", "", last)
            got = s.until(lambda kind, data: kind == "cursor")
            self.say("resync: " + why, got[0] == ("reset", dict(got[0][1], reason=why))
                     and [x[1]["address"] for x in got[1:-1]] == self.plain(), got[0])
            s.close()

    def storm(self):
        """Thousands of changes, two readers, one of them slow: both end right."""
        streams, listed, done = [Stream(self.node, "abuse") for _ in range(2)], [set(), set()], []

        def read(i):
            while True:
                kind, data = streams[i].next()
                if data.get("op") == "reset":
                    listed[i].clear()
                elif data.get("op") in ("added", "extended"):
                    listed[i].add(data["address"])
                elif data.get("op") == "removed":
                    listed[i].discard(data["address"])
                if data.get("address") == "203.0.113.255":
                    done.append(i)
                    return
                if i == 1 and len(listed[i]) % 500 == 0:
                    time.sleep(0.05)
        threads = [threading.Thread(target=read, args=(i,)) for i in range(2)]
        for t in threads:
            t.start()
        rows = [{"address": "10.1.%d.%d" % (i >> 8, i & 255), "category": "scan", "count": 2} for i in range(10000)]
        for i in range(0, len(rows), 500):
            self.node.post(rows[i:i + 500])
        for i in range(0, 200):
            self.node.request("POST", "/v1/retract", json.dumps({"address": rows[i * 7]["address"]}))
        self.report("203.0.113.255", "scan")
        for t in threads:
            t.join(300)
        want = set(self.plain("abuse"))
        self.say("a storm", len(want) == 9801 and listed[0] == want and listed[1] == want,
                 [len(want), len(listed[0]), len(listed[1])])
        for s in streams:
            s.close()

    def crowd(self):
        """256 streams at most; a place that was left is free again."""
        def place():
            "a place, once it was noticed that an earlier client is gone"
            s = Stream(self.node, "spam")
            if s.r.status == 200:
                return s
            s.close()
            return None
        streams = [cluster.wait_for(place, step=1) for _ in range(256)]
        one = Stream(self.node, "spam")
        body = json.loads(one.r.read())
        self.say("one more is refused", one.r.status == 503 and one.r.getheader("Retry-After")
                 and "wait=" in body["hint"], body)
        one.close()
        self.say("others are served", self.node.get("/v1/list/spam")[0] == 200)
        for s in streams:
            s.until(lambda kind, data: kind == "cursor")
        self.report("192.0.2.77", "spam")
        self.say("all are told", all(s.next()[1]["address"] == "192.0.2.77" for s in streams))
        for s in streams:
            s.close()

        cluster.wait_for(place, step=1).close()

    def quiet(self):
        """A comment now and then keeps a quiet stream open; a stop ends it."""
        s = Stream(self.node, "any", "?since=" + json.loads(
            self.node.get("/v1/list/any/changes")[1].decode().splitlines()[-1])["cursor"])
        begin, line = time.monotonic(), s.r.readline()
        self.say("a beat", line == b":\n" and 10 < time.monotonic() - begin < 60, line)
        self.say("stops cleanly", self.node.stop() == 0)
        self.say("the stream ends", s.next() is None)
        s.close()


def main():
    with tempfile.TemporaryDirectory() as root:
        node = cluster.Node(root, "alpha")
        node.lists += SHORT
        node.configure()
        node.start()
        test = Test(node)
        try:
            for part in (test.life, test.resume, test.storm, test.crowd, test.quiet):
                part()
        finally:
            if node.stop() not in (0, None):
                test.say("ends well", False, node.log()[-2000:])
    print("%d passed, %d failed" % (test.passed, test.failed))
    return 1 if test.failed else 0


if __name__ == "__main__":
    sys.exit(main())
