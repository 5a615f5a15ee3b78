#!/usr/bin/python3
"""Clients that stall: they are cut off, cost next to nothing meanwhile, and
nobody else waits for them."""
import json
import socket
import sys
import tempfile
import time

import cluster


def cpu(node):
    """Seconds of processor time used so far."""
    with open("/proc/%d/stat" % node.process.pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def gone(sock):
    """Read until the server closes; the seconds that took."""
    begin = time.monotonic()
    sock.settimeout(90)
    try:
        while sock.recv(65536):
            pass
    except OSError:
        pass
    return time.monotonic() - begin


def main():
    checks = []

    def show(what, ok):
        checks.append(bool(ok))
        print("%s %s" % ("ok  " if ok else "FAIL", what))

    with tempfile.TemporaryDirectory() as root:
        n = cluster.Node(root, "alpha")
        n.start()
        try:
            tls = [socket.create_connection(("127.0.0.1", n.port)) for _ in range(40)]
            for s in tls:
                s.send(b"\x16\x03\x01\x02\x00")     # the beginning of a record
            plain = [socket.create_connection(("127.0.0.1", n.http)) for _ in range(40)]
            for s in plain:
                s.send(b"GET /v1/ip/192.0.2.1 HTTP/1.1\r\nHost: x\r\n")
            body = socket.create_connection(("127.0.0.1", n.http))
            body.send(b"POST /v1/removal HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
            before, begin = cpu(n), time.monotonic()
            answers = 0
            while time.monotonic() < begin + 3:
                assert n.get("/v1/ip/192.0.2.1")[0] == 200
                answers += 1
                time.sleep(0.05)
            used = cpu(n) - before
            show("80 stalled clients: %d look-ups answered meanwhile" % answers, answers > 20)
            show("they cost %.2f s of processor time in 3 s" % used, used < 1)
            show("half a TLS record: cut off", max(gone(s) for s in tls[:3]) < 60)
            show("half a request: cut off", max(gone(s) for s in plain[:3]) < 60)
            show("half a body: cut off", gone(body) < 60)

            big = b'{"address":"10.1.1.1","category":"worm"}\n' * 500000
            try:
                status = n.request("POST", "/v1/sightings", big)[0]
            except OSError:
                status = 413
            show("a body over the limit is refused", status == 413)
            for what, data, want in (
                    ("not UTF-8", b'{"address":"\xff"}', 422), ("a NUL", b"\0", 422), ("empty", b"", 400),
                    ("nested", b"[" * 100000, 422), ("not JSON", b"hello", 422),
                    ("one bad line", b'{"address":"x","category":"worm"}', 422)):
                status, answer = n.request("POST", "/v1/sightings", data)
                show("%s: %d %s" % (what, status, json.loads(answer).get("detail", "")), status == want)
            status, answer = n.post([{"address": "10.1.1.1", "category": "worm"},
                                     {"address": "10.1.1.300", "category": "worm"},
                                     {"address": "10.1.1.2", "category": "wurm"},
                                     {"address": "10.1.1.3", "category": "worm", "count": 0},
                                     {"address": "10.1.1.4", "category": "worm"}])
            show("good lines are stored, bad ones named",
                 status == 200 and answer["accepted"] == 2 and
                 [(r["line"], r["field"]) for r in answer["rejected"]] ==
                 [(2, "address"), (3, "category"), (4, "count")])
            show("still ready", n.get("/readyz")[0] == 200)
            show("stops cleanly", n.stop() == 0)
        finally:
            n.stop()
    print("%d passed, %d failed" % (sum(checks), len(checks) - sum(checks)))
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
