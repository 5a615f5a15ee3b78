#!/usr/bin/python3
"""Peers that send bad batches, against a real node: each batch is refused by
itself, with a verdict that both sides can read; what others say goes on, and so
does the liar once it sends what is right. Also who calls with a key that nobody
knows."""
import http.client
import http.server
import json
import pathlib
import shutil
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import cluster

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vectors"))
import generate as g  # noqa: E402

NOW = int(time.time()) - 2
ANNOUNCED = 3       # batches that a liar says it has: a good, a bad, a good one


def subject(n, i=0):
    return (10 << 24) + (n << 8) + i


def rows(n, i):
    """Enough of one address to list it alone."""
    return [g.record(subject(n, i), count=2, first=NOW, last=NOW)]


# How the second batch is wrong: name, verdict, what changes.
LIES = [
    ("signature", "signature", dict(sign=lambda message: bytes(64))),
    ("forger", "signature", dict(sign=lambda message: g.OTHER.sign(message))),
    ("chain", "break", dict(prev=g.v.blake(b"another past"))),
    ("count", "size", dict(records=2)),
    ("reserved", "reserved", dict(zero1=1)),
    ("kind", "kind", dict(kind=2)),
    ("record-kind", "record", dict(lie=lambda n: [g.record(subject(n, 1), kind=9, count=2, first=NOW, last=NOW)])),
    ("untrusted", "key", dict(key=g.Key(99))),
    ("root", "root", dict(root=bytes(32))),
]


class Liar:
    """A peer of its own key that serves a log over TLS."""

    def __init__(self, root, number, name, verdict, change):
        self.number, self.name, self.verdict = number, name, verdict
        self.key = g.Key(number)
        self.batches, prev = [], bytes(32)
        for seq in (1, 2, 3):
            common = dict(key=self.key, seq=seq, created=NOW * 1000 + seq, prev=prev)
            good = g.joined(g.batch(rows(number, seq - 1), **common))
            if seq == 2:
                wrong = {k: v for k, v in change.items() if k != "lie"}
                lie = change["lie"](number) if "lie" in change else rows(number, 1)
                self.bad = g.joined(g.batch(lie, **dict(common, **wrong)))
            self.batches.append(good)
            prev = g.v.blake(b"virbl batch id 1" + good[:184])
        self.head_id = prev
        self.honest = False
        self.told = []          # (refused, verdict) that came with requests for heads
        self.cursor = 1
        base = pathlib.Path(root) / name
        # RFC 8410: the seed behind a fixed beginning.
        der = bytes.fromhex("302e020100300506032b657004220420") + bytes([number]) * 32
        subprocess.run(["openssl", "pkey", "-inform", "DER", "-out", "%s.key" % base], input=der, check=True)
        subprocess.run(["openssl", "req", "-x509", "-new", "-key", "%s.key" % base, "-subj", "/CN=x",
                        "-out", "%s.crt" % base], check=True)
        self.files = ("%s.crt" % base, "%s.key" % base)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler_for(self))
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(*self.files)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def invitation(self):
        return "https://127.0.0.1:%d/#%s" % (self.server.server_address[1], g.v.node_id(self.key.public))

    def heads(self):
        head = struct.pack(">32s32sQQQII", self.key.public, self.head_id, ANNOUNCED, 1, NOW * 1000 + 3, 1, 0)
        return struct.pack(">4sB3s8sQQII", b"VRBH", 1, b"", b"instance", self.cursor, NOW * 1000, 0, 1) + head

    def log(self, first, last):
        pieces = list(self.batches)
        if not self.honest:
            pieces[1] = self.bad
        return b"".join(pieces[first - 1:last])

    def answer(self, path):
        url = urllib.parse.urlparse(path)
        words = url.path.strip("/").split("/")
        if words == ["p", "1", "heads"]:
            q = urllib.parse.parse_qs(url.query)
            if "refused" in q:
                self.told.append((int(q["refused"][0]), q["verdict"][0]))
            return self.heads()
        if words[:3] == ["p", "1", "log"] and words[3] == self.key.public.hex() and words[4] == "1":
            first, last = (int(x) for x in words[5].split("-"))
            return self.log(first, min(last, ANNOUNCED))
        return None

    def ask(self, node, path):
        """GET from the real node as this peer: (status, body)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.load_cert_chain(*self.files)
        c = http.client.HTTPSConnection("127.0.0.1", node.port, timeout=60, context=context)
        try:
            c.request("GET", path)
            r = c.getresponse()
            return r.status, r.read()
        finally:
            c.close()


def handler_for(liar):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args):
            pass

        def do_GET(self):
            body = liar.answer(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")
    return Handler


def main():
    if shutil.which("openssl") is None:
        print("skipped: no openssl to make certificates")
        return 77
    checks = []

    def show(what, ok, got=""):
        checks.append(bool(ok))
        print("%s %s %s" % ("ok  " if ok else "FAIL", what, "" if ok else got))

    with tempfile.TemporaryDirectory() as root:
        a, b = cluster.Node(root, "alpha"), cluster.Node(root, "beta")
        for n in (a, b):
            n.limits = "batch_interval = 50ms"
            n.configure()
        cluster.pair(a, b, trust="full")
        liars = [Liar(root, 10 + i, *row) for i, row in enumerate(LIES)]
        stranger = Liar(root, 50, "stranger", "", {})
        for x in liars:
            a.virbl("peer", "add", x.invitation, "--name", x.name, "--trust", "full")
        try:
            run(a, b, liars, stranger, show)
            show("stops cleanly", a.stop() == 0 and b.stop() == 0)
        finally:
            a.stop()
            b.stop()
    print("%d passed, %d failed" % (sum(checks), len(checks) - sum(checks)))
    return 0 if all(checks) else 1


def run(a, b, liars, stranger, show):
    a.start()
    b.start()

    def peers():
        return {p["name"]: p for p in json.loads(a.get("/v1/peers")[1])["peers"]}

    def refused():
        "a batch of each liar is refused, and each liar was told"
        p = peers()
        return all(p[x.name]["rejected"] > 0 and x.told for x in liars) and p
    p = cluster.wait_for(refused, 120, 0.2)
    batches = json.loads(a.get("/v1/status")[1])
    for x in liars:
        got = p[x.name]
        show("%s: refused as '%s', the batch before it taken" % (x.name, x.verdict),
             got["rejection"] == x.verdict and got["accepted"] == 1 and got["behind"] >= 2, got)
        counted = batches["chains"].get(x.verdict, 0) + batches["batches"].get(x.verdict, 0)
        show("%s: counted by its verdict: %d" % (x.name, counted), counted > 0, batches)
        show("%s: the other side was told: %s" % (x.name, x.told[-1]),
             x.told[-1][0] > 0 and x.told[-1][1] == x.verdict, x.told)
        show("%s: only what was before the lie is listed" % x.name,
             a.lookup("10.0.%d.0" % x.number)["listed"] and
             not any(a.lookup("10.0.%d.%d" % (x.number, i))["listed"] for i in (1, 2)))

    status, answer = b.post([{"address": "10.9.9.9", "category": "worm", "count": 2}])
    cluster.wait_for(lambda: a.lookup("10.9.9.9")["listed"])
    show("what an honest member says goes on", status == 200 and peers()["beta"]["rejected"] == 0)

    # The same, seen from the node that sent bad batches.
    status, _ = liars[0].ask(a, "/p/1/heads?since=0&wait=0&refused=7&verdict=root")

    def complained():
        "the complaint of a peer is shown"
        got = peers()["signature"]
        return (got["complaints"], got["complaint"]) == (7, "root")
    cluster.wait_for(complained)
    show("a peer that says what it refused is heard", status == 200 and "refuses batches" in a.log())
    status, _ = liars[0].ask(a, "/p/1/heads?since=0&wait=0&refused=8&verdict=%1b[31m")
    show("a complaint that is no word is not", status == 200 and complained())
    text = a.virbl("status").stdout
    show("status tells the operator of both",
         "signature sent what was rejected: signature" in text and
         "signature rejected what this node sent: root" in text, text)

    for path in ("/p/1/heads?since=0&wait=0", "/p/1/card", "/p/1/log/%s/1/1-1" % ("00" * 32)):
        status, body = stranger.ask(a, path)
        show("a key that nobody knows is refused: %s" % path, status == 403 and b"does not know yours" in body)
    pending = json.loads(a.get("/v1/peers/pending")[1])["callers"]
    show("and counted for the operator to decide",
         [c["calls"] for c in pending if c["key"] == stranger.key.public.hex()] == [3], pending)

    for x in liars:
        x.honest = True
        x.cursor += 1

    def mended():
        "what the liars send is right now, and all of it is listed"
        return all(a.lookup("10.0.%d.%d" % (x.number, i))["listed"] for x in liars for i in range(3))
    cluster.wait_for(mended, 240, 0.5)
    show("who sends what is right is heard again", all(v["accepted"] == 3 for v in peers().values()
                                                        if v["name"] in {x.name for x in liars}))


if __name__ == "__main__":
    sys.exit(main())
