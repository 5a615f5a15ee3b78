#!/usr/bin/python3
"""Exemptions, as everybody sees them: by an allow file, by the operator and a
desk, and by the owner of the prefix through the federation. Each is looked at on
every output, when it begins and when it ends; what is wrong is refused."""
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import cluster

LISTS = """
list worm { categories = {"worm", "malware"}  code = "127.0.0.2"  zone = "worm.bl.example" }
list any { categories = {"worm", "malware", "spam"}  code = "127.0.0.2" }
"""
A, OTHER = "192.0.2.1", "192.0.2.99"
FORMATS = ("plain", "cidr", "csv", "json", "ndjson", "rbldnsd", "bind", "rpz", "nft", "ipset",
           "postfix-cidr", "haproxy", "mikrotik", "stix")


class Node(cluster.Node):
    def __init__(self, root, name):
        self.dns_port = cluster.free_port()
        super().__init__(root, name)
        self.lists = LISTS

    def configure(self):
        super().configure()
        text = self.conf.read_text()
        self.conf.write_text(text.replace(
            "listen {", 'listen { dns = {"127.0.0.1:%d"} ' % self.dns_port, 1))


class Test:
    def __init__(self):
        self.passed = self.failed = 0

    def show(self, what, ok):
        self.passed += bool(ok)
        self.failed += not ok
        print("%s %s" % ("ok  " if ok else "FAIL", what))


def dns(node, address):
    """The A records of the address in the zone of worm."""
    name = ".".join(reversed(address.split("."))) + ".worm.bl.example"
    r = subprocess.run(["dig", "@127.0.0.1", "-p", str(node.dns_port), "+short", "+time=5", name],
                       capture_output=True, text=True)
    return r.stdout.split()


def named_in(node, address):
    """The outputs that name the address as listed."""
    found = set()
    if node.lookup(address)["listed"]:
        found.add("lookup")
    if node.virbl("lookup", address, check=False).returncode == 0:
        found.add("virbl lookup")
    if dns(node, address) == ["127.0.0.2"]:
        found.add("DNS")
    dotted = address.replace(".", "\\.")
    for name in FORMATS:
        text = node.get("/v1/list/worm?format=" + name)[1].decode()
        backward = ".".join(reversed(address.split(".")))
        if address in text or backward in text or dotted in text:
            found.add(name)
    return found


class Feed:
    """What the change feed said of addresses."""
    def __init__(self, node):
        self.node, self.ops = node, []
        self.cursor = None
        self.read()
        self.ops.clear()

    def read(self):
        query = "" if self.cursor is None else "?since=" + self.cursor
        for line in self.node.get("/v1/list/worm/changes" + query)[1].decode().splitlines():
            row = json.loads(line)
            if "cursor" in row:
                self.cursor = row["cursor"]
            if "address" in row:
                self.ops.append((row["op"], row["address"]))
        return self.ops


def until(what):
    """Poll; the milliseconds it took."""
    began = time.monotonic()
    cluster.wait_for(what, step=0.005)
    return (time.monotonic() - began) * 1000


def both_ways(t, what, node, begin, end, everything):
    """begin() takes A off all outputs, end() puts it back."""
    feed = Feed(node)
    begin()
    ms = until(lambda: not node.lookup(A)["listed"])
    left = named_in(node, A)
    t.show("%s: off every output (look-up after %d ms): %s" % (what, ms, sorted(left) or "none left"), not left)
    t.show("%s: the feed says removed" % what, ("removed", A) in feed.read() and feed.ops.count(("removed", A)) == 1)
    t.show("%s: another address stays on all" % what, named_in(node, OTHER) == everything)
    why = node.lookup(A)["exempt"]
    end()
    ms = until(lambda: node.lookup(A)["listed"])
    t.show("%s: on every output again (look-up after %d ms)" % (what, ms), named_in(node, A) == everything)
    t.show("%s: the feed says added" % what, feed.read().count(("added", A)) == 1)
    return why


def write(path, text):
    aside = path.with_suffix(".new")
    aside.write_text(text)
    os.rename(aside, path)


def files(t, n, everything):
    allow = n.dir / "allow.txt"
    why = both_ways(t, "allow file", n,
                    lambda: write(allow, "198.51.100.0/24\n192.0.2.0/29 permit # mail\n"),
                    lambda: write(allow, "198.51.100.0/24\n"), everything)
    t.show("file and line are named: %s" % why, why["source"].endswith("allow.txt") and why["line"] == 2
           and why["prefix"] == "192.0.2.0/29")
    write(allow, "192.0.2.0/29\n")
    until(lambda: not n.lookup(A)["listed"])
    write(allow, "198.51.100.0/24\nnonsense\n")
    cluster.wait_for(lambda: "nonsense" in n.log())
    time.sleep(1.5)     # a few more looks at it
    t.show("a bad file: the old one stays in force", not n.lookup(A)["listed"])
    t.show("it is said once, with file and line", n.log().count("nonsense") == 1
           and "allow.txt:2" in n.log())
    t.show("status warns of it", any("refused" in w for w in json.loads(n.get("/v1/status")[1])["warnings"]))
    write(allow, "198.51.100.0/24\n")
    until(lambda: n.lookup(A)["listed"])
    t.show("a good file is taken, the warning is gone",
           not any("refused" in w for w in json.loads(n.get("/v1/status")[1])["warnings"]))


def operator(t, n, everything):
    why = both_ways(t, "operator", n, lambda: n.virbl("exempt", "add", A, "--local"),
                    lambda: n.virbl("exempt", "remove", A), everything)
    t.show("the operator is named: %s" % why, why == {"prefix": A + "/32", "source": "operator",
                                                     "line": None, "member": None})
    both_ways(t, "operator, a network", n, lambda: n.virbl("exempt", "add", "192.0.2.0/26"),
              lambda: n.virbl("exempt", "remove", "192.0.2.0/26"), everything)
    n.virbl("exempt", "add", A)
    n.kill()
    n.start()
    t.show("it outlives kill -9", not n.lookup(A)["listed"])
    n.virbl("exempt", "remove", A)
    for args, code in ((["remove", A], 3), (["add", "192.0.2.1/24"], 2), (["add", "mail.example"], 2), (["add"], 2),
                       (["drop", A], 2), (["list", A], 2), (["remove", A, "--local"], 2), (["add", "::1"], 1)):
        r = n.virbl("exempt", *args, check=False)
        t.show("exempt %s exits %d: %s" % (" ".join(args), code, r.stderr.splitlines()[0]), r.returncode == code)


def call(n, token, method, body=None):
    c = http.client.HTTPConnection("127.0.0.1", n.http, timeout=60)
    c.request(method, "/v1/exempt", body=body, headers={"Authorization": "Bearer " + token})
    r = c.getresponse()
    answer = r.read()
    c.close()
    return r.status, json.loads(answer)


def desk(t, n):
    token = n.virbl("token", "add", "desk", "noc", "--prefix", "192.0.2.0/25").stdout.strip()
    reader = n.virbl("token", "add", "reader", "mx").stdout.strip()
    n.virbl("exempt", "add", "198.51.100.7")
    a = call(n, token, "POST", '{"prefix":"192.0.2.1"}')
    t.show("a desk exempts an address of its own: %s" % (a,), a[0] == 200 and a[1]["prefix"] == A + "/32")
    t.show("at once", not n.lookup(A)["listed"])
    a = call(n, token, "GET")[1]
    t.show("it sees its own, and that it asked", [(x["prefix"], x["by"]) for x in a["exempt"]] == [(A + "/32", "noc")])
    a = json.loads(n.get("/v1/exempt")[1])
    t.show("the operator sees all", [x["prefix"] for x in a["exempt"]] == [A + "/32", "198.51.100.7/32"])
    for body, status in (('{"prefix":"192.0.2.129"}', 403), ('{"prefix":"192.0.2.0/24"}', 403),
                         ('{"prefix":"0.0.0.0/0"}', 403), ('{"prefix":"2001:db8::1"}', 403),
                         ('{"prefix":"198.51.100.7","remove":true}', 403), ('{"prefix":"192.0.2.7","remove":true}', 404),
                         ('{"prefix":"192.0.2.1/25"}', 400), ('{"prefix":7}', 400), ('{}', 400), ('[]', 400), ('', 400),
                         ('{"prefix":"192.0.2.1","remove":"yes"}', 400), ('{"prefix":"192.0.2.1","more":1}', 400),
                         ('{"prefix":"' + "1" * 65600 + '"}', 413)):
        a = call(n, token, "POST", body)
        t.show("%s: %d %s" % (body[:50], a[0], a[1].get("detail", "")[:60]), a[0] == status)
    t.show("a reader may not", call(n, reader, "POST", '{"prefix":"192.0.2.1"}')[0] == 403)
    t.show("removed", call(n, token, "POST", '{"prefix":"192.0.2.1","remove":true}')[0] == 200
           and n.lookup(A)["listed"])
    n.virbl("exempt", "remove", "198.51.100.7")


def owner(t, a, b, everything):
    """a owns 192.0.2.0/25 at b too."""
    def agree():
        "both nodes have equal lists"
        return a.digest() == b.digest()

    cluster.wait_for(agree)
    n = cluster.wait_for(lambda: b.digest()["worm"][0])
    why = both_ways(t, "owner, seen at a peer", b, lambda: a.virbl("exempt", "add", A),
                    lambda: a.virbl("exempt", "remove", A), everything)
    t.show("the owner is named: %s" % why, why["source"] == "owner" and why["member"] == "alpha")
    cluster.wait_for(agree)
    a.virbl("exempt", "add", A)
    until(lambda: not b.lookup(A)["listed"])
    cluster.wait_for(agree)
    t.show("equal digests, one address less", b.digest()["worm"][0] == n - 1)
    b.kill()
    b.start()
    t.show("it outlives kill -9 of the peer", not b.lookup(A)["listed"])
    r = b.virbl("exempt", "remove", A, check=False)
    t.show("only the owner can end it: %s" % r.stderr.splitlines()[-1], r.returncode == 3 and "alpha" in r.stderr)
    # What is not in the prefixes that the peer accepted works at home only.
    a.prefixes = ["192.0.2.0/25", "203.0.113.0/24"]
    a.configure()
    a.virbl("reload")
    a.virbl("exempt", "add", "203.0.113.5")
    counts = cluster.wait_for(lambda: (lambda x: x["ignored"] and x)(json.loads(b.get("/v1/status")[1])["exempt"]))
    t.show("not outside its prefixes: %s" % counts, counts["owners"] == 1 and counts["ignored"] == 1
           and b.lookup("203.0.113.5")["exempt"] is None and a.lookup("203.0.113.5")["exempt"] is not None)


def main():
    if shutil.which("dig") is None:
        print("skipped: dig (bind9-dnsutils) is not installed")
        return 77
    t = Test()
    with tempfile.TemporaryDirectory() as root:
        a, b = Node(root, "alpha"), Node(root, "beta")
        a.prefixes = ["192.0.2.0/25"]
        for n in (a, b):
            n.allow = ["allow.txt"]
            (n.dir / "allow.txt").write_text("198.51.100.0/24\n")
            n.configure()
        # Both own votes list alone: the other is trusted fully.
        invite = b.virbl("peer", "invite").stdout.strip()
        a.virbl("peer", "add", invite, "--name", "beta", "--group", "BETA", "--trust", "full")
        invite = a.virbl("peer", "invite").stdout.strip()
        b.virbl("peer", "add", invite, "--name", "alpha", "--group", "ALPHA", "--trust", "full",
                "--prefix", "192.0.2.0/25")
        a.start()
        b.start()
        try:
            a.post([{"address": x, "category": "worm", "count": 2} for x in (A, OTHER, "192.0.2.3")])
            cluster.wait_for(lambda: b.lookup(A)["listed"])
            everything = named_in(a, OTHER)
            t.show("%d outputs name what is listed" % len(everything), len(everything) == 3 + len(FORMATS))
            files(t, a, everything)
            operator(t, a, everything)
            desk(t, a)
            owner(t, a, b, everything)
        finally:
            status = [n.stop() for n in (a, b)]
        t.show("clean stop", status == [0, 0])
    print("%d passed, %d failed" % (t.passed, t.failed))
    return 1 if t.failed else 0


if __name__ == "__main__":
    sys.exit(main())
