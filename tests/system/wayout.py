#!/usr/bin/python3
"""The way out: the owner clears its customer everywhere and one more worm lists
it again, a desk clears only in its prefixes, an operator elsewhere only at home;
who did it when is told, by name only to those in charge, and outlives a kill."""
import http.client
import json
import sys
import tempfile

import cluster

CUSTOMER, STRANGER = "198.51.100.7", "203.0.113.9"


def call(node, method, path, body=None, token=None, headers=None):
    """Over TCP, as a desk or the public would: status and decoded answer."""
    c = http.client.HTTPConnection("127.0.0.1", node.http, timeout=60)
    headers = dict(headers or {})
    if token:
        headers["Authorization"] = "Bearer " + token
    c.request(method, path, body=json.dumps(body) if isinstance(body, dict) else body, headers=headers)
    r = c.getresponse()
    data = r.read()
    c.close()
    kind = r.getheader("Content-Type") or ""
    return r.status, json.loads(data) if "json" in kind else data.decode()


class Test:
    def __init__(self, nodes):
        self.nodes, self.checks = nodes, []

    def show(self, what, ok):
        self.checks.append(bool(ok))
        print("%s %s" % ("ok  " if ok else "FAIL", what))

    def everywhere(self, address, listed):
        def so():
            return all(n.lookup(address)["listed"] == listed for n in self.nodes)
        so.__doc__ = "%s listed on all: %s" % (address, listed)
        cluster.wait_for(so)
        return True

    def worm(self, address, *nodes):
        for n in nodes:
            n.virbl("report", address, "--category", "worm", "--threat", "Win.Worm.Sober-G")

    def owner(self):
        a, b, c = self.nodes
        self.worm(CUSTOMER, a, b)
        self.show("two groups saw a worm: listed on all three", self.everywhere(CUSTOMER, True))
        token = a.virbl("token", "add", "desk", "noc", "--prefix", "198.51.100.0/24").stdout.split()[-1]
        status, answer = call(a, "POST", "/v1/clear", {"address": CUSTOMER}, token)
        self.show("the owner's desk clears it: %s" % answer, status == 200 and answer["listed"] is False)
        self.show("delisted on all three", self.everywhere(CUSTOMER, False))
        marks = [(m["kind"], m["member"]) for m in c.lookup(CUSTOMER)["marks"]]
        self.show("the third node names the owner: %s" % marks, marks == [("clearance", a.name)])
        acts = [(x["act"], x["by"]) for x in a.lookup(CUSTOMER)["acts"]]
        self.show("the operator sees who: %s" % acts, acts == [("cleared", "desk noc")])
        for who in (None, token):
            acts = call(a, "GET", "/v1/ip/" + CUSTOMER, None, who)[1]["acts"]
            want = "desk noc" if who else "desk"
            self.show("%s sees: %s" % ("the desk" if who else "the public", acts),
                      [x["by"] for x in acts] == [want] and acts[0]["time"])
        self.worm(CUSTOMER, a, b)
        self.show("worms seen after that list it again", self.everywhere(CUSTOMER, True))
        return token

    def elsewhere(self, token):
        a, b, c = self.nodes
        self.worm(STRANGER, a, b)
        self.everywhere(STRANGER, True)
        before = a.lookup(STRANGER)
        for order in ("clear", "retract"):
            status, answer = call(a, "POST", "/v1/" + order, {"address": STRANGER}, token)
            self.show("a desk cannot %s outside its prefixes: %s" % (order, answer.get("detail")), status == 403)
        after = a.lookup(STRANGER)
        self.show("and nothing came of it", before["marks"] == after["marks"] == [] and after["listed"]
                  and after["acts"] == [])
        c.virbl("clear", STRANGER)
        self.show("an operator clears a stranger at home only",
                  [n.lookup(STRANGER)["listed"] for n in self.nodes] == [True, True, False])
        acts = [(x["act"], x["by"]) for x in c.lookup(STRANGER)["acts"]]
        self.show("which is said: %s" % acts, acts == [("cleared here", "operator")])

    def kill(self):
        a = self.nodes[0]
        before = a.lookup(CUSTOMER)["acts"]
        a.kill()
        a.start()
        self.show("who did what outlives a kill -9", before and a.lookup(CUSTOMER)["acts"] == before)


def main():
    with tempfile.TemporaryDirectory() as root:
        nodes = [cluster.Node(root, n) for n in ("alpha", "beta", "gamma")]
        a, b, c = nodes
        a.prefixes = ["198.51.100.0/24"]
        a.configure()
        test = Test(nodes)
        try:
            a.start()
            cluster.pair(a, b)
            b.start()
            cluster.pair(a, c)
            cluster.pair(b, c)
            c.start()
            for n in (b, c):
                n.virbl("peer", "trust", "alpha", "vote", "--prefix", "198.51.100.0/24")
            token = test.owner()
            test.elsewhere(token)
            test.kill()
        finally:
            for n in nodes:
                n.stop()
    passed = sum(test.checks)
    print("%d passed, %d failed" % (passed, len(test.checks) - passed))
    return 0 if all(test.checks) else 1


if __name__ == "__main__":
    sys.exit(main())
