#!/usr/bin/python3
"""`virbl doctor` on a node that is well, and on one thing wrong after the other:
each is found, by its name, with what to do about it."""
import http.server
import json
import os
import pathlib
import re
import socketserver
import subprocess
import sys
import tempfile

import cluster
import unpacked
from unpacked import put, run

LISTS = """
list worm { categories = {"worm", "malware"}  code = "127.0.0.2"  zone = "worm.bl.example" }
list spam { categories = {"spam"}  code = "127.0.0.4"  zone = "spam.bl.example" }
"""
MX, WEB = "192.0.2.25", "192.0.2.80"
MAIL = ('  local-data: "isp.example. MX 10 mail.isp.example."\n'
        '  local-data: "mail.isp.example. A %s"\n' % MX)
passed = failed = 0


def show(what, ok):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    print("%s %s" % ("ok  " if ok else "FAIL", what), flush=True)


def doctor(node):
    """Its exit status, and what it said, by level."""
    r = node.virbl("doctor", "--json", check=False)
    answer = json.loads(r.stdout)
    said = {level: ["%s: %s -> %s" % (c["check"], c["text"], c["remedy"]) for c in answer["checks"]
                    if c["level"] == level] for level in ("ok", "warn", "fail")}
    assert answer["ok"] == (not said["fail"]) and answer["warned"] == len(said["warn"]), answer
    # In words it is the same.
    text = node.virbl("doctor", check=False)
    assert text.returncode == r.returncode
    assert text.stdout.count("fail  ") == len(said["fail"]), text.stdout
    return r.returncode, said


def finds(node, what, level, pattern, status):
    code, said = doctor(node)
    found = [s for s in said[level] if re.search(pattern, s)]
    show("%s: %s: %s" % (what, level, found or said), found and code == status)


def without(said, *names):
    return [s for s in said if s.split(":")[0] not in names]


def resolving(process, more):
    """Another unbound in place of the one that runs."""
    if process is not None:
        process.terminate()
        process.wait()
    files = ["/etc/unbound/unbound.conf.d/virbl.conf"] if more is None else []
    p = unpacked.unbound(*files, more=(unpacked.NOTHING_ELSE if more is None else more) + MAIL +
                         "  interface: 127.0.0.1\n  interface: 8.8.8.8\n  access-control: 0.0.0.0/0 allow\n"
                         '  local-zone: "isp.example." static\n')
    cluster.wait_for(lambda: unpacked.dig("mail.isp.example"))
    return p


class Fake(http.server.BaseHTTPRequestHandler):
    answers = {}

    def do_GET(self):
        body = json.dumps(self.answers.get(self.path, {})).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass

    def address_string(self):
        return ""


def well(a):
    code, said = doctor(a)
    show("well: nothing fails: %s" % (said["fail"] or said["ok"]), code == 0 and not said["fail"])
    show("well: warnings are of this laboratory alone: %s" % said["warn"],
         all(s.startswith("clock:") or "special = off" in s for s in said["warn"]))
    checks = {s.split(":")[0] for level in said.values() for s in level}
    want = {"key", "config", "daemon", "listeners", "clock", "disk", "peers", "zones", "resolver", "exempt", "own"}
    show("all is looked at: %s" % sorted(checks), checks == want)
    r = a.virbl("doctor")
    show("in words: a line for each, the sum on stderr: %s" % r.stderr.strip(), r.stdout.count("\n") >= len(want)
         and "0 failed" in r.stderr)


def files(a):
    key = a.dir / "node.key"
    key.chmod(0o644)
    finds(a, "key for all to read", "fail", "^key: .*node.key", 1)
    key.chmod(0o600)
    text = a.conf.read_text()
    a.conf.write_text(text.replace("worm.bl.example", "worm..example"))
    finds(a, "a mistake in the configuration", "fail", r"^config: .*virbl.conf:\d+: .*check-config", 1)
    a.conf.write_text(text + "list bare { categories = {scan} }\n")
    finds(a, "a list without a zone is none", "ok", "^zones: 2 answer", 0)
    a.conf.write_text(text.replace('http = "127.0.0.1:%d"' % a.http, 'http = "127.0.0.1:1"'))
    finds(a, "a listener of the file alone", "fail", "^listeners: listen http = 127.0.0.1:1: .*restart", 1)
    a.conf.write_text(text.replace(a.url, "https://127.0.0.1:1/"))
    finds(a, "a URL nobody is at", "warn", "^listeners: node url https://127.0.0.1:1/ cannot be reached", 0)
    a.conf.write_text(text.replace("127.0.0.1:5353", "127.0.0.1:5399"))
    finds(a, "zones that nobody serves", "fail", "^zones: .*does not answer", 1)
    a.conf.write_text(text.replace("spam.bl.example", "spum.bl.example"))
    finds(a, "a zone that the daemon does not know", "fail", "^zones: spum.bl.example: 127.0.0.2 is not listed", 1)
    a.conf.write_text(text)
    bare = a.dir / "bare.conf"
    bare.write_text("list worm { categories = {worm} }\n")
    r = subprocess.run([str(cluster.BUILD / "virbl"), "-c", str(bare), "doctor"], capture_output=True, text=True)
    show("a file without a node: %s" % r.stdout.splitlines()[0], r.returncode == 1 and "no node" in r.stdout)


def resolvers(a, p):
    p = resolving(p, unpacked.NOTHING_ELSE)
    finds(a, "a resolver without the stub", "warn", "^resolver: 127.0.0.1 does not find .*integrate resolver", 0)
    p = resolving(p, '  local-zone: "." redirect\n  local-data: ". A 203.0.113.9"\n')
    finds(a, "a resolver that answers for what does not exist", "fail",
          "^resolver: 127.0.0.1 answers 203.0.113.9 for names that do not exist", 1)
    p = resolving(p, '  local-zone: "." static\n  local-data: "2.0.0.127.worm.bl.example. A 203.0.113.9"\n')
    finds(a, "a resolver that changes answers", "fail", "^resolver: 127.0.0.1 changes answers", 1)
    p = resolving(p, None)
    put("/etc/resolv.conf", "# by hand\nnameserver 8.8.8.8\nnameserver 127.0.0.9\nsearch isp.example\n")
    finds(a, "a public resolver", "warn", "^resolver: 8.8.8.8 is a public resolver", 0)
    finds(a, "a resolver that is not there", "warn", "^resolver: 127.0.0.9 does not answer", 0)
    put("/etc/resolv.conf", "# nothing\n")
    finds(a, "no resolver", "warn", "^resolver: /etc/resolv.conf names no resolver", 0)
    unpacked.resolve_here()


def own(a):
    a.virbl("exempt", "remove", MX)
    finds(a, "the mail server can be listed", "warn", r"^own: %s \(mail.isp.example, takes mail for isp.example\) can "
          "be listed -> virbl exempt add %s" % (re.escape(MX), re.escape(MX)), 0)
    a.virbl("exempt", "add", MX)
    code, said = doctor(a)
    show("exempted, it cannot", not any(s.startswith("own:") for s in said["warn"]))


def peers(a, b):
    b.prefixes = ["203.0.113.0/24"]     # alpha did not accept it
    b.configure()
    b.virbl("reload")
    b.virbl("exempt", "add", "203.0.113.9")
    cluster.wait_for(lambda: any("without effect" in s for s in doctor(a)[1]["warn"]))
    show("exemptions without effect are told", True)
    b.kill()
    cluster.wait_for(lambda: json.loads(a.get("/v1/status")[1])["peers"]["connected"] == 0, 120)
    finds(a, "the one peer is away", "fail", "^peers: none of 1 is connected", 1)
    finds(a, "which, and why", "warn", "^peers: beta does not answer", 1)
    b.virbl("peer", "remove", "alpha")
    b.start()
    cluster.wait_for(lambda: any("beta refuses this node" in s for s in doctor(a)[1]["warn"]), 120)
    show("a peer that does not know us", True)


def away(a):
    """The daemon does not answer; then somebody answers in its place."""
    if a.stop() != 0:
        raise AssertionError(a.log()[-2000:])
    finds(a, "the daemon is away", "fail", "^daemon: .*start virbld", 4)
    path = str(a.dir / "virbl.sock")
    if os.path.exists(path):
        os.unlink(path)
    server = socketserver.ThreadingUnixStreamServer(path, Fake)
    Fake.answers = {
        "/v1/status": {"version": "0", "ready": True, "state": "serving", "uptime": 1, "warnings": [],
                       "at": "2026-11-23T10:00:00Z", "peers": {"total": 1, "connected": 1}, "pending_peers": 2,
                       "exempt": {"configured": 1, "operator": 0, "owners": 0, "ignored": 0}},
        "/v1/peers": {"peers": [{"name": "beta", "state": "connected", "created": "2026-11-23T10:08:20Z"}]}}
    pid = os.fork()
    if pid == 0:
        server.serve_forever()
    finds(a, "a peer is ahead of the clock", "fail", "^clock: the newest batch of beta is 500 s ahead", 1)
    finds(a, "callers wait", "warn", "^peers: 2 nodes called", 1)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    server.server_close()
    os.unlink(path)


def disk(a):
    unpacked.mount("tmpfs", a.dir / "state", "tmpfs", "size=40m")
    try:
        finds(a, "a full disk", "fail", "^disk: .* MiB free", 4)
    finally:
        run("umount", str(a.dir / "state"))


def main():
    unpacked.enter()
    for address in (MX, "8.8.8.8"):
        run("ip", "address", "add", address + "/32", "dev", "lo")
    unpacked.resolve_here()
    with tempfile.TemporaryDirectory() as root:
        a, b = unpacked.Node(root, "alpha"), cluster.Node(root, "beta")
        a.lists, a.node_extra, a.special = LISTS, 'contact = "NOC <noc@isp.example>"', False
        b.lists = "\n"
        for n in (a, b):
            n.configure()
        cluster.pair(a, b)
        a.start()
        b.start()
        a.virbl("exempt", "add", MX)
        a.virbl("exempt", "add", "8.8.8.8")
        for p in json.loads(a.virbl("integrate", "resolver", "--json").stdout)["parts"]:
            if p["title"] == "unbound":
                put(p["file"], p["text"])
        p = resolving(None, None)
        cluster.wait_for(lambda: json.loads(a.get("/v1/status")[1])["peers"]["connected"] == 1)
        well(a)
        files(a)
        resolvers(a, p)
        own(a)
        peers(a, b)
        away(a)
        disk(a)
        show("the peer ends cleanly", b.stop() == 0)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
