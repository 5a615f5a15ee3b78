#!/usr/bin/python3
"""Clients that stall: they are cut off, cost next to nothing meanwhile, and
nobody else waits for them."""
import fcntl
import http.client
import json
import os
import socket
import struct
import subprocess
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


ELSEWHERE = "198.18.0.1"    # an address of the network namespace that is not loopback


def give_address():
    """In a network namespace of its own: bring loopback up, and ELSEWHERE on it."""
    def ifreq(name, rest):
        return struct.pack("16s24s", name, rest)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8914, ifreq(b"lo", struct.pack("H", 0x41)))     # SIOCSIFFLAGS, up and running
        address = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(ELSEWHERE))
        fcntl.ioctl(s, 0x8916, ifreq(b"lo:1", address))                  # SIOCSIFADDR


def elsewhere():
    """Runs in a network namespace: clients that are not on this host."""
    try:
        give_address()
    except OSError as e:
        print("no address to be had: %s" % e)
        return 77
    failed = 0

    def show(what, ok, got=""):
        nonlocal failed
        failed += not ok
        print("%s %s%s" % ("ok  " if ok else "FAIL", what, "" if ok else ": %s" % (got,)))

    def burst(host):
        """How 200 requests on one connection were answered: {status: number}, and a refusal."""
        c, answers, refusal = http.client.HTTPConnection(host, n.http, timeout=60), {}, None
        for i in range(200):
            c.request("GET", "/healthz") if i % 2 else c.request("POST", "/v1/sightings", b"x" * 100)
            r = c.getresponse()
            body = r.read()
            answers[r.status] = answers.get(r.status, 0) + 1
            if r.status == 429:
                refusal = (r.getheader("Retry-After"), json.loads(body))
        c.close()
        return answers, refusal

    with tempfile.TemporaryDirectory() as root:
        n = cluster.Node(root, "alpha")
        n.conf.write_text(n.conf.read_text().replace('http = "127.0.0.1:', 'http = "0.0.0.0:').replace(
            "limits {", "limits { requests = 2"))
        n.start()
        try:
            answers, refusal = burst(ELSEWHERE)
            show("more than 2 requests a second are answered 429: %s" % answers,
                 answers.get(200, 0) + answers.get(401, 0) >= 2 and answers.get(429, 0) > 50 and
                 refusal[0] == "1" and refusal[1]["status"] == 429 and refusal[1]["hint"], (answers, refusal))
            answers, _ = burst("127.0.0.1")
            show("but not those of this host: %s" % answers, answers == {200: 100, 401: 100}, answers)

            def again():
                "after a pause it is served again"
                return set(burst(ELSEWHERE)[0]) - {429}
            cluster.wait_for(again, step=1)
            show("and after a pause the others are served again", True)
            show("stops cleanly elsewhere", n.stop() == 0)
        finally:
            n.stop()
    return 1 if failed else 0


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
    namespace = ["unshare", "--net"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    r = subprocess.run(namespace + [sys.executable, __file__, "--elsewhere"], capture_output=True, text=True)
    done = [line[:4] == "ok  " for line in r.stdout.splitlines() if line[:4] in ("ok  ", "FAIL")]
    if done:
        print(r.stdout, end="")
        checks += done
        if r.returncode != 0 and all(done):
            show("clients elsewhere: " + r.stderr, False)
    else:
        print("skipped: clients that are not on this host: " + (r.stdout + r.stderr).strip())
    print("%d passed, %d failed" % (sum(checks), len(checks) - sum(checks)))
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(elsewhere() if sys.argv[1:] == ["--elsewhere"] else main())
