#!/usr/bin/python3
"""The self-check: another program answers on the node's own address (a second
one that may share the port is all it takes), wrongly, then not at all."""
import json
import socket
import sys
import tempfile
import threading

import cluster
import dnsnode

SOCKETS = 24        # to share the port with: most questions go to them


class Intruder:
    """Takes most of the questions that come to a UDP port from the node."""

    def __init__(self, port, answer):
        self.answer = answer        # bytes of a question to a reply or None
        self.over = False
        self.sockets = []
        for _ in range(SOCKETS):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            s.bind(("127.0.0.1", port))
            s.settimeout(0.2)
            self.sockets.append(s)
        self.threads = [threading.Thread(target=self.run, args=(s,)) for s in self.sockets]
        for t in self.threads:
            t.start()

    def run(self, s):
        while not self.over:
            try:
                query, client = s.recvfrom(4096)
            except TimeoutError:
                continue
            reply = self.answer(query)
            if reply:
                s.sendto(reply, client)

    def stop(self):
        self.over = True
        for t in self.threads:
            t.join()
        for s in self.sockets:
            s.close()


def lists_the_world(query):
    """What a name server in wrong hands says to everything."""
    return (query[:2] + b"\x84\0\0\1\0\1\0\0\0\0" + query[12:]
            + b"\xc0\x0c\0\1\0\1\0\0\1\0\0\4\x7f\0\0\2")


def ready(node):
    status, body = node.get("/readyz")
    return status, body.decode()


def main():
    checks = []

    def show(what, ok):
        checks.append(bool(ok))
        print("%s %s" % ("ok  " if ok else "FAIL", what), flush=True)

    with tempfile.TemporaryDirectory() as root:
        n = dnsnode.Node(root, "alpha")
        n.addresses = ("127.0.0.1",)
        n.configure()
        n.start()
        try:
            n.post([{"address": "192.0.2.1", "category": "worm", "count": 2}])
            show("ready", ready(n)[0] == 200)
            show("listed", n.ask("1.2.0.192.worm.bl.example") == (dnsnode.NOERROR, ["127.0.0.2"]))
            before = n.counters()["worm.bl.example"]
            show("the self-check is not counted: %d listed" % before["listed"], before["listed"] == 1)

            thief = Intruder(n.dns_port, lists_the_world)
            try:
                def noticed():
                    "a wrong test point is noticed"
                    return ready(n)[0] == 503
                cluster.wait_for(noticed)
                why = ready(n)[1]
                show("not ready, and why: %s" % json.loads(why)["detail"],
                     "test point" in why and "bl.example" in why and "127.0.0.1" in why)
                status = n.virbl("status", check=False)
                show("status says so (exit %d)" % status.returncode,
                     status.returncode == 75 and "test point" in status.stdout)
                # By TCP we reach the node itself.
                got = [dnsnode.decode(r) for r in dnsnode.over_tcp(n.dns_port, [
                    dnsnode.wire(x + ".worm.bl.example") for x in ("1.2.0.192", "9.2.0.192", "2.0.0.127")]
                    + [dnsnode.wire("worm.bl.example", dnsnode.SOA)])]
                show("nothing is answered as listed: %s" % got,
                     got == [(dnsnode.SERVFAIL, [])] * 3 + [(dnsnode.NOERROR, [])])
            finally:
                thief.stop()

            def recovered():
                "ready again"
                return ready(n)[0] == 200
            cluster.wait_for(recovered)
            show("recovers by itself", n.ask("1.2.0.192.worm.bl.example") == (dnsnode.NOERROR, ["127.0.0.2"]))
            show("SERVFAIL was counted", n.counters()["worm.bl.example"]["failed"] >= 3)

            thief = Intruder(n.dns_port, lambda query: None)
            try:
                cluster.wait_for(noticed, 120)
                why = json.loads(ready(n)[1])["detail"]
                show("no answer: not ready: %s" % why, "no answer" in why)
                got = [dnsnode.decode(r) for r in
                       dnsnode.over_tcp(n.dns_port, [dnsnode.wire("1.2.0.192.worm.bl.example")])]
                show("but what is answered is right: %s" % got, got == [(dnsnode.NOERROR, ["127.0.0.2"])])
            finally:
                thief.stop()
            cluster.wait_for(recovered)
            show("and ready again", True)

            # Nobody but the self-check may ask: that must not fail it.
            n.reload(dns_keys='acl = {"192.0.2.0/24"}  rate = 1')
            show("refused", n.ask("2.0.0.127.worm.bl.example") == (dnsnode.REFUSED, []))
            seen = n.log().count("test point")
            wait = threading.Event()
            wait.wait(7)        # one round at least
            show("an access list does not fail the self-check",
                 ready(n)[0] == 200 and n.log().count("test point") == seen)
            show("stops cleanly", n.stop() == 0)
        finally:
            n.stop()
    print("%d passed, %d failed" % (sum(checks), len(checks) - sum(checks)))
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
