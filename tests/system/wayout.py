#!/usr/bin/python3
"""The way out: the owner clears its customer everywhere and one more worm lists
it again, a desk clears only in its prefixes, an operator elsewhere only at home;
who did it when is told, by name only to those in charge, and outlives a kill.
Strangers ask for removal: at once from the address itself, twice a week and on
one node only; else somebody decides. Only a trusted proxy is believed."""
import http.client
import json
import sys
import tempfile
import time

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

    def later(self):
        """Into the next second: the others do not know what one cleared for itself."""
        time.sleep(1.1)

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


    def ask(self, body=None, via=None, headers=None, node=None):
        """POST /v1/removal at the third node through a proxy that saw ${via}."""
        headers = dict(headers or {})
        if via:
            headers["X-Forwarded-For"] = via
        return call(node or self.nodes[2], "POST", "/v1/removal", body, None, headers)

    def removal(self):
        a, b, c = self.nodes
        own = "203.0.113.50"
        self.worm(own, a, b)
        self.everywhere(own, True)
        status, answer = self.ask({"address": own}, "198.18.0.1")
        self.show("somebody else asks: it waits: %d %s" % (status, answer.get("result")),
                  status == 202 and answer["result"] == "waiting" and c.lookup(own)["listed"])
        status, answer = self.ask({"address": own, "contact": "me@example.net", "statement": "a\u0007\n"},
                                  own + ", 198.18.0.9")
        self.show("who writes the address into the header itself is not believed: %d" % status, status == 202)
        status, answer = self.ask({"address": own}, own, node=a)
        self.show("nor is anybody at a node that trusts no proxy: %d" % status, status == 202)
        a.virbl("removal", "refuse", own)
        rows = json.loads(c.virbl("removal", "list", "--json").stdout)["removals"]
        self.show("the operator sees the request: %s" % rows,
                  [(r["address"], r["times"], r["from"], r["contact"]) for r in rows]
                  == [(own, 2, "198.18.0.9", "me@example.net")])
        self.show("on a terminal without what it does not want",
                  "a??" in c.virbl("removal", "list").stdout or "a?" in c.virbl("removal", "list").stdout)
        self.show("status tells", json.loads(c.get("/v1/status")[1])["pending_removals"] == 1)
        status, answer = self.ask(None, "203.0.113.99,  %s " % own)
        self.show("the address itself, through the proxy: %s" % answer, status == 200
                  and answer["result"] == "removed" and answer["address"] == own)
        self.show("removed here, and nowhere else", [n.lookup(own)["listed"] for n in self.nodes]
                  == [True, True, False])
        acts = [(x["act"], x["by"]) for x in c.lookup(own)["acts"]]
        self.show("told: %s" % acts, acts == [("cleared here", "address"), ("asked", "somebody 198.18.0.1")])
        self.show("it does not wait any more", json.loads(c.get("/v1/removals")[1]) == {"removals": []})
        status, answer = self.ask({"address": own}, own)
        self.show("again: %s" % answer, answer["result"] == "not listed")
        self.later()
        self.worm(own, a, b)
        self.everywhere(own, True)
        form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html,*/*"}
        status, answer = self.ask("address=%s&contact=&statement=" % own, own, form)
        self.show("new worms list it again; a form removes it again", status == 200 and own in answer
                  and "<h1>" in answer and "removed" in answer and not c.lookup(own)["listed"])
        self.later()
        self.worm(own, a, b)
        self.everywhere(own, True)
        status, answer = self.ask({"address": own}, own)
        self.show("the third time in a week waits: %d %s" % (status, answer.get("message")),
                  status == 202 and c.lookup(own)["listed"])
        self.show("virbl removal accept: %s" % c.virbl("removal", "accept", own).stdout.strip(),
                  not c.lookup(own)["listed"])

    def removal_desk(self, token):
        """A desk sees and answers what is asked about its own."""
        a, b, c = self.nodes
        for address in (CUSTOMER, STRANGER):
            self.ask({"address": address}, node=a)
        rows = call(a, "GET", "/v1/removals", None, token)[1]["removals"]
        self.show("the desk sees what is asked about its own: %s" % [r["address"] for r in rows],
                  [r["address"] for r in rows] == [CUSTOMER])
        one = call(a, "DELETE", "/v1/removals/" + STRANGER, None, token)
        two = call(a, "DELETE", "/v1/removals/203.0.113.77", None, token)
        self.show("of others it is not even told that somebody asks", one == two and one[0] == 404)
        self.show("it refuses its own", call(a, "DELETE", "/v1/removals/" + CUSTOMER, None, token)[0] == 200)
        acts = [(x["act"], x["by"]) for x in a.lookup(CUSTOMER)["acts"]][:2]
        self.show("which is told: %s" % acts, acts[0] == ("refused", "desk noc"))

    def too_often(self):
        c = self.nodes[2]
        codes = [self.ask({"address": "203.0.113.51"}, "198.18.7.7")[0] for _ in range(14)]
        self.show("who asks too often is told so: %s" % codes, codes[:10] == [200] * 10 and codes[-1] == 429)
        self.show("others are not", self.ask({"address": "203.0.113.51"}, "198.18.7.8")[0] == 200)
        wrong = [self.ask(body, via)[0] for body, via in (
            ("[1]", "198.18.7.9"), ({"address": "x"}, "198.18.7.9"), ({"address": "203.0.113.0/24"}, None),
            (None, None), (None, "unknown"), ({"adres": "203.0.113.1"}, None))]
        self.show("what makes no sense: %s" % wrong, wrong == [400] * 6)


def main():
    with tempfile.TemporaryDirectory() as root:
        nodes = [cluster.Node(root, n) for n in ("alpha", "beta", "gamma")]
        a, b, c = nodes
        a.prefixes = ["198.51.100.0/24"]
        a.configure()
        c.conf.write_text(c.conf.read_text().replace(
            'listen {', 'listen { trusted_proxies = {"127.0.0.0/8"} '))
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
            test.removal()
            test.removal_desk(token)
            test.too_often()
            test.kill()
        finally:
            for n in nodes:
                n.stop()
    passed = sum(test.checks)
    print("%d passed, %d failed" % (passed, len(test.checks) - passed))
    return 0 if all(test.checks) else 1


if __name__ == "__main__":
    sys.exit(main())
