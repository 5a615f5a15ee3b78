#!/usr/bin/python3
"""DNS as clients see it: dig, drill and a strict unbound against a live node,
UDP and TCP, IPv4 and IPv6; shutting down, exempting, limiting."""
import ipaddress
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

import cluster
import dnsnode

SIX = "2001:db8:1:2::25"
UNBOUND = """
server:
	directory: "{dir}"
	pidfile: ""
	chroot: ""
	username: ""
	use-syslog: no
	logfile: ""
	verbosity: 0
	interface: 127.0.0.1@{port}
	port: {port}
	do-daemonize: no
	num-threads: 1
	do-ip6: no
	module-config: "iterator"
	do-not-query-localhost: no
	qname-minimisation: yes
	qname-minimisation-strict: yes
	use-caps-for-id: yes
	cache-min-ttl: 0
remote-control:
	control-enable: no
stub-zone:
	name: "{zone}"
	stub-addr: 127.0.0.1@{dns}
stub-zone:
	name: "worm.{zone}"
	stub-addr: 127.0.0.1@{dns}
"""


def reverse(address, zone):
    a = ipaddress.ip_address(address)
    return a.reverse_pointer.replace("ip6.arpa", zone).replace("in-addr.arpa", zone)


class Unbound:
    """A resolver that asks the node for its zones, label by label."""

    def __init__(self, root, node, zone):
        self.port = cluster.free_port()
        self.dir = pathlib.Path(root) / "unbound"
        self.dir.mkdir()
        conf = self.dir / "unbound.conf"
        conf.write_text(UNBOUND.format(dir=self.dir, port=self.port, zone=zone, dns=node.dns_port))
        self.log = open(self.dir / "log", "wb")
        self.process = subprocess.Popen(["unbound", "-d", "-c", str(conf)], stdout=self.log, stderr=self.log)

        def serving():
            "unbound serves"
            if self.process.poll() is not None:
                raise AssertionError("unbound ended: " + (self.dir / "log").read_text())
            return self.ask("2.0.0.127." + zone)[0] is not None
        cluster.wait_for(serving)

    def ask(self, name, rtype="A"):
        r = subprocess.run(["drill", "-p", str(self.port), name, rtype, "@127.0.0.1"],
                           capture_output=True, text=True)
        return drilled(r)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)
        self.log.close()


def drilled(r):
    """Status and answer lines of drill."""
    if r.returncode != 0 or "rcode: " not in r.stdout:
        return None, []
    status = r.stdout.split("rcode: ")[1].split(",")[0]
    section = r.stdout.split("ANSWER SECTION:")[1].split(";;")[0]
    return status, [" ".join(l.split()) for l in section.splitlines() if l.strip()]


def protocol(n, show):
    """Every kind of answer, with dig."""
    name = "1.2.0.192.worm.bl.example"
    listed = ("NOERROR", [name + ". 300 IN A 127.0.0.2"])
    show("A over UDP: %s" % listed[1], n.dig(name) == listed)
    show("A over TCP", n.dig(name, "+tcp") == listed)
    show("A over UDP and IPv6", n.dig(name, server="::1") == listed)
    show("A over TCP and IPv6", n.dig(name, "+tcp", server="::1") == listed)
    odd = "1.2.0.192.WoRm.bL.ExAmPlE"
    show("upper and lower case come back", n.dig(odd)[1] == [odd + ". 300 IN A 127.0.0.2"])
    six = reverse("2001:db8:1:2:ffff::7", "worm.bl.example")
    show("IPv6, another host of the /64", n.dig(six)[1] == [six + ". 300 IN A 127.0.0.2"])
    a = n.dig("3.2.0.192.bl.example")
    show("combined zone: one A per list", [l.split()[-1] for l in a[1]] == ["127.0.0.2", "127.0.0.3"])
    ttl = [int(l.split()[1]) for l in a[1]]
    show("TTL within the shortest life: %s" % ttl, len(set(ttl)) == 1 and 0 < ttl[0] <= 200)

    def fallen():
        "the TTL falls"
        now = [int(l.split()[1]) for l in n.dig("3.2.0.192.bl.example")[1]]
        return now and now[0] < ttl[0]
    cluster.wait_for(fallen)
    show("TTL falls", True)
    a = n.dig(name, "TXT")
    show("TXT: %s" % a[1], len(a[1]) == 1 and "worm Win.Worm.X, last seen 20" in a[1][0]
         and n.url + "v1/ip/192.0.2.1" in a[1][0])
    a = n.dig(name, "ANY", "+notcp")
    show("ANY: the A records only", a == listed)
    a = n.dig(name, "AAAA")
    show("no such type: NODATA with SOA", a[0] == "NOERROR" and len(a[1]) == 1 and " 60 IN SOA " in a[1][0])
    for point in ("2.0.0.127", reverse("::ffff:127.0.0.2", "")[:-1]):
        show("test point listed", n.dig(point + ".worm.bl.example")[1] != [])
    for point in ("1.0.0.127", reverse("::ffff:127.0.0.1", "")[:-1]):
        a = n.dig(point + ".worm.bl.example")
        show("test point not listed, SOA: %s" % a[1], a[0] == "NXDOMAIN" and " 60 IN SOA " in a[1][0])
    labels = [reverse("192.0.2.1", "").rstrip(".").split("."), reverse(SIX, "").rstrip(".").split(".")]
    between = [l[i:] for l in labels for i in range(1, len(l))]
    bad = [l for l in between if n.dig(".".join(l) + ".worm.bl.example")[0] != "NOERROR"]
    show("%d names between are NODATA, at every depth" % len(between), bad == [] and len(between) == 34)
    a = [n.dig(x + ".worm.bl.example") for x in ("193", "0.193", "3.0.192", "256", "01.2.0.192", "1.1.2.0.192",
                                                 "9.2.0.192", "9." + reverse(SIX, "").rstrip("."))]
    show("names that are nothing are NXDOMAIN", [x[0] for x in a] == ["NXDOMAIN"] * 8)
    show("SOA at the apex", " SOA " in n.dig("bl.example", "SOA")[1][0])
    show("NS at the apex", " NS " in n.dig("bl.example", "NS")[1][0])
    show("outside: REFUSED", n.dig("example.com")[0] == "REFUSED"
         and n.dig("1.2.0.192.worm.bl.example.net")[0] == "REFUSED")
    show("transfer: REFUSED", n.ask("bl.example", 252)[0] == dnsnode.REFUSED)
    show("CHAOS version: REFUSED", n.dig("version.bind", "TXT", "CH")[0] == "REFUSED")
    show("EDNS 1: BADVERS", n.dig("bl.example", "+edns=1", "+noednsneg")[0] == "BADVERS")
    show("TXT of two lists", len(n.dig("3.2.0.192.bl.example", "TXT")[1]) == 2)
    asks = [dnsnode.wire("%d.2.0.192.worm.bl.example" % (1 + i % 2)) for i in range(3000)]
    got = [r[3] & 15 for r in dnsnode.over_tcp(n.dns_port, asks)]
    show("3000 questions on one connection, in order", got == [0, 3] * 1500)


def junk(n, show):
    """What is no question costs nobody an answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for bad in (b"", b"x", b"\0" * 11, b"\xff" * 5000, dnsnode.wire("a")[:-1]):
            s.sendto(bad, ("127.0.0.1", n.dns_port))
    with socket.create_connection(("127.0.0.1", n.dns_port)) as s:
        s.sendall(b"\xff\xff" + b"x" * 100)
        try:
            closed = s.recv(10) == b""
        except ConnectionError:
            closed = True
        show("TCP: too long a question ends the connection", closed)
    # One that sends no question, one that takes no answers, then one too many.
    stuck = []
    try:
        for _ in range(40):
            stuck.append(socket.create_connection(("127.0.0.1", n.dns_port)))
        for s in stuck[:20]:
            s.sendall(b"\0")
        ended = 0
        for s in stuck[32:]:
            s.settimeout(30)
            try:
                ended += s.recv(1) == b""
            except ConnectionError:
                ended += 1
        show("TCP: 32 connections of one address, others are closed", ended == 8)
        stuck[0].settimeout(60)
        show("TCP: a question that never ends is not waited for", stuck[0].recv(1) == b"")
    finally:
        for s in stuck:
            s.close()

    def counted():
        "junk is counted"
        c = n.counters()[""]
        return c["dropped"] >= 4 and c["malformed"] >= 1 and c["refused"] >= 4
    cluster.wait_for(counted)
    show("still answers", n.ask("1.2.0.192.worm.bl.example") == (0, ["127.0.0.2"]))


def resolver(root, n, show):
    """Through unbound, which asks label by label and stops at NXDOMAIN."""
    u = Unbound(root, n, "bl.example")
    try:
        show("unbound: test points", u.ask("2.0.0.127.bl.example")[1] != []
             and u.ask("1.0.0.127.bl.example")[0] == "NXDOMAIN")
        a = u.ask("1.2.0.192.worm.bl.example")
        show("unbound: listed: %s" % a[1], a[0] == "NOERROR" and a[1][0].endswith("A 127.0.0.2"))
        a = u.ask("3.2.0.192.bl.example")
        show("unbound: combined zone", sorted(l.split()[-1] for l in a[1]) == ["127.0.0.2", "127.0.0.3"])
        a = u.ask(reverse(SIX, "worm.bl.example"))
        show("unbound: IPv6", a[0] == "NOERROR" and a[1][0].endswith("A 127.0.0.2"))
        show("unbound: TXT", "Win.Worm.X" in str(u.ask("1.2.0.192.worm.bl.example", "TXT")[1]))
        show("unbound: not listed", u.ask("8.8.8.8.worm.bl.example")[0] == "NXDOMAIN"
             and u.ask(reverse("2001:db8:ffff::1", "worm.bl.example"))[0] == "NXDOMAIN")
        # What is denied now must not stay denied for all beside it.
        show("unbound: nothing of 198.0.0.0/8 is listed",
             u.ask("1.100.51.198.worm.bl.example")[0] == "NXDOMAIN")
        n.post([{"address": "198.51.100.7", "category": "worm", "count": 2}])

        def there():
            "a new listing shows through the resolver"
            return u.ask("7.100.51.198.worm.bl.example")[1] != []
        cluster.wait_for(there)
        show("unbound: a new listing beside what was denied", True)
    finally:
        u.stop()


def too_long(n, show):
    """Two texts that do not fit into 512 bytes."""
    n.reload(url=n.url + 140 * "x" + "/")
    n.post([{"address": "192.0.2.3", "category": "scan", "threat": 60 * "y", "count": 2}])
    query = dnsnode.wire("3.2.0.192.bl.example", dnsnode.TXT)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(30)
        s.connect(("127.0.0.1", n.dns_port))
        s.send(query)
        plain = s.recv(4096)
        s.send(query[:11] + b"\1" + query[12:] + b"\0\0\x29\4\xd0\0\0\0\0\0\0")
        edns = s.recv(4096)
    show("512 bytes without EDNS: TC, and nothing else", plain[2] & 2 and plain[6:12] == b"\0" * 6 and len(plain) < 60)
    show("%d bytes with EDNS" % len(edns), not edns[2] & 2 and edns[7] == 2 and 512 < len(edns) <= 1232)
    tcp = dnsnode.over_tcp(n.dns_port, [query])[0]
    show("%d bytes by TCP" % len(tcp), not tcp[2] & 2 and tcp[7] == 2)
    for edns in ("+noedns", "+edns=0"):
        a = n.dig("3.2.0.192.bl.example", "TXT", edns)[1]
        show("dig %s: both texts, with the URL" % edns, len(a) == 2 and all("v1/ip/192.0.2.3" in l for l in a))
    for how in ("-a", "-t"):        # back over TCP, or there at once
        r = subprocess.run(["drill", how, "-p", str(n.dns_port), "3.2.0.192.bl.example", "TXT", "@127.0.0.1"],
                           capture_output=True, text=True)
        show("drill %s: both texts" % how, len(drilled(r)[1]) == 2)


def changes(n, show):
    """Retracted, exempted, closed, refused, limited."""
    n.post([{"address": "192.0.2.3", "category": c, "count": 2} for c in ("worm", "scan")])
    n.virbl("retract", "192.0.2.1")

    def delisted():
        "the retraction shows in DNS"
        return n.ask("1.2.0.192.worm.bl.example")[0] == dnsnode.NXDOMAIN
    cluster.wait_for(delisted)
    allow = n.dir / "allow.txt"
    allow.write_text("# nobody yet\n")
    n.reload(allow=[str(allow)])
    show("listed before it is exempt", n.ask("3.2.0.192.worm.bl.example")[1] == ["127.0.0.2"])
    allow.write_text("192.0.2.3\n")

    def exempt():
        "what is exempt is not answered as listed"
        return n.ask("3.2.0.192.bl.example")[0] == dnsnode.NXDOMAIN
    cluster.wait_for(exempt)
    show("an allow file that changed: not listed", True)
    allow.write_text("127.0.0.0/8\n")
    cluster.wait_for(lambda: n.ask("3.2.0.192.bl.example")[1] == ["127.0.0.2", "127.0.0.3"])
    show("and listed again; test points are not exempt", n.ask("2.0.0.127.worm.bl.example")[1] == ["127.0.0.2"])

    n.reload(dns_keys='version = "none of yours"  closed = {"worm.bl.example", "old.example"}')
    a = n.dig("version.bind", "TXT", "CH")
    show("version, where it is set: %s" % a[1], a[1][0].endswith('"none of yours"'))
    for zone in ("worm.bl.example", "old.example"):
        got = [n.dig(x + zone)[0] for x in ("2.0.0.127.", "1.0.0.127.", "3.2.0.192.", "192.")]
        show("closed zone %s: all is NXDOMAIN" % zone, got == ["NXDOMAIN"] * 4)
        show("closed zone %s: SOA and NS" % zone, " SOA " in n.dig(zone, "SOA")[1][0]
             and " NS " in n.dig(zone, "NS")[1][0])
    show("other zones go on", n.ask("3.2.0.192.bl.example")[1] == ["127.0.0.2", "127.0.0.3"])
    show("closed: ready", n.get("/readyz")[0] == 200 and "closed" in n.virbl("status").stdout)

    n.reload(dns_keys='acl = {"192.0.2.0/24"}', lists=n.lists.replace('"worm.bl.example"', '"w.example"'))
    show("acl: REFUSED to others", n.dig("2.0.0.127.w.example")[0] == "REFUSED")
    n.reload(dns_keys="")
    show("reload: the new zone answers", n.dig("2.0.0.127.w.example")[0] == "NOERROR")
    show("reload: the old zone is gone", n.dig("2.0.0.127.worm.bl.example")[0] == "NXDOMAIN")
    n.reload(dns_keys="rate = 5")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(2)
        for _ in range(60):
            s.sendto(dnsnode.wire("2.0.0.127.w.example"), ("127.0.0.1", n.dns_port))
        answers = []
        try:
            while True:
                answers.append(s.recv(1000))
        except TimeoutError:
            pass
    full = sum(a[7] > 0 for a in answers)
    to_tcp = sum(a[2] & 2 > 0 for a in answers)
    show("rate: of 60 %d are answered, %d told to come by TCP" % (full, to_tcp),
         0 < full < 30 and 15 <= to_tcp <= 30 and full + to_tcp == len(answers))
    show("and by TCP they are", n.dig("2.0.0.127.w.example", "+tcp")[1] != [])


def made(root, show):
    """`virbl init` alone makes a node that answers."""
    where = pathlib.Path(root) / "made"
    port, peers, http = (cluster.free_port() for _ in range(3))
    r = subprocess.run([str(cluster.BUILD / "virbl"), "init", "-C", str(where), "--name", "made",
                        "--peers", "127.0.0.1:%d" % peers, "--http", "127.0.0.1:%d" % http,
                        "--dns", "127.0.0.1:%d" % port, "--zone", "bl.example"], capture_output=True, text=True)
    hint = [l for l in r.stderr.splitlines() if "dig @" in l]
    show("init says how to ask: %s" % hint, r.returncode == 0 and len(hint) == 1)
    p = subprocess.Popen([str(cluster.BUILD / "virbld"), "-f", "-c", str(where / "virbl.conf")],
                         stderr=subprocess.DEVNULL)
    try:
        def answers():
            "the node made by init answers"
            r = subprocess.run(hint[0].split() + ["+short", "+tries=1", "+time=2"], capture_output=True, text=True)
            return r.stdout.split() == ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
        cluster.wait_for(answers)
        show("and it works at once", True)
    finally:
        p.terminate()
        p.wait(timeout=60)


def main():
    for tool, package in (("dig", "bind9-dnsutils"), ("drill", "ldnsutils"), ("unbound", "unbound")):
        if shutil.which(tool) is None:
            print("skipped: %s (%s) is not installed" % (tool, package))
            return 77
    checks = []

    def show(what, ok):
        checks.append(bool(ok))
        print("%s %s" % ("ok  " if ok else "FAIL", what), flush=True)

    with tempfile.TemporaryDirectory() as root:
        made(root, show)
        n = dnsnode.Node(root, "alpha")
        n.start()
        try:
            status, _ = n.post([
                {"address": "192.0.2.1", "category": "worm", "threat": "Win.Worm.X", "count": 2},
                {"address": "192.0.2.3", "category": "worm", "count": 2},
                {"address": "192.0.2.3", "category": "scan", "count": 2},
                {"address": "127.0.0.1", "category": "worm", "count": 2},
                {"address": SIX, "category": "worm", "count": 2}])
            show("reports accepted", status == 200)
            protocol(n, show)
            too_long(n, show)
            junk(n, show)
            zones = n.counters()
            show("counters by zone: %s" % zones["worm.bl.example"],
                 zones["worm.bl.example"]["listed"] >= 1505 and zones["worm.bl.example"]["unlisted"] >= 1501)
            resolver(root, n, show)
            changes(n, show)
            show("stops cleanly", n.stop() == 0)
        finally:
            n.stop()
    print("%d passed, %d failed" % (sum(checks), len(checks) - sum(checks)))
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
