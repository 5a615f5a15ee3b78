#!/usr/bin/python3
"""How nodes become peers, while both run: invitations and typing errors,
callers that wait to be accepted, cards that change, what trust, weight and group
do to the list, at once and backwards, and how peers part."""
import json
import subprocess
import sys
import tempfile

import cluster

OK, USAGE, NOTHING, REFUSED = 0, 2, 3, 5


def main():
    checks = []

    def show(what, ok, got=""):
        checks.append(bool(ok))
        print("%s %s%s" % ("ok  " if ok else "FAIL", what, "" if ok else ": %s" % (got,)))

    with tempfile.TemporaryDirectory() as root:
        a, b, c = (cluster.Node(root, name) for name in ("alpha", "beta", "gamma"))
        for n in (a, b, c):
            n.limits = "batch_interval = 50ms"
            n.configure()
        b.prefixes = ["198.51.100.0/24"]
        b.configure()
        try:
            for n in (a, b, c):
                n.start()
            invitations(a, b, show)
            strangers(a, b, show)
            trust(a, b, show)
            groups(a, b, c, show)
            cards(a, b, show)
            parting(a, b, c, show)
            for n in (a, b, c):
                show("%s stops cleanly" % n.name, n.stop() == 0)
        finally:
            for n in (a, b, c):
                n.stop()
    print("%d passed, %d failed" % (sum(checks), len(checks) - sum(checks)))
    return 0 if all(checks) else 1


def peers(node):
    """As the operator sees them, by name."""
    listed = json.loads(node.virbl("peer", "list", "--json").stdout)["peers"]
    return {p["name"]: p for p in listed}


def pending(node):
    return json.loads(node.virbl("peer", "pending", "--json").stdout)


def state(node, name, *wanted):
    def reached():
        return peers(node)[name].get("state") in wanted
    reached.__doc__ = "%s sees %s %s" % (node.name, name, " or ".join(wanted))
    return cluster.wait_for(reached)


def listed(node, address, want):
    """Wait until ADDRESS is listed at NODE, or not; the list of worms there."""
    def so():
        return node.lookup(address)["listed"] == want
    so.__doc__ = "%s is %slisted at %s" % (address, "" if want else "not ", node.name)
    cluster.wait_for(so)
    return [x for x in node.lookup(address)["lists"] if x["list"] == "worm"][0]


def known(node, address, count):
    def so():
        return len(node.lookup(address)["sightings"]) >= count
    so.__doc__ = "%d sightings of %s are known at %s" % (count, address, node.name)
    cluster.wait_for(so)


def invitations(a, b, show):
    line = a.virbl("peer", "invite").stdout.strip()
    url, ident = line.split("#")
    show("an invitation is URL#ID: %s" % line, url == a.url and len(ident) == 63)
    wrong = ident[:9] + ("A" if ident[9] != "A" else "B") + ident[10:]
    r = b.virbl("peer", "add", "%s#%s" % (url, wrong), check=False)
    show("one wrong character in the ID is seen", r.returncode != OK and not peers(b), r)
    show("nothing was written for it", list((b.dir / "peers.d").iterdir()) == [])
    show("another key than the URL's node has does not become connected", other_key(a, b))
    for what in ("", "nonsense", "http://127.0.0.1:1/#" + ident, url + "#", "#" + ident):
        r = b.virbl("peer", "add", what, check=False)
        show("no invitation: '%s': exit %d" % (what[:30], r.returncode), r.returncode not in (OK, None) and not peers(b), r)
    own = b.virbl("peer", "invite").stdout.strip()
    show("a node is not its own peer", b.virbl("peer", "add", own, check=False).returncode == REFUSED)
    # Typed by hand: no hyphens, lower case, and digits that look like letters.
    typed = ident.replace("-", "").lower().replace("o", "0").replace("i", "1").replace("b", "8")
    r = b.virbl("peer", "add", "%s#%s" % (url, typed), "--json")
    show("an ID typed carelessly is read, the name comes from its card",
         json.loads(r.stdout)["name"] == "alpha" and peers(b)["alpha"]["id"] == ident, r.stdout)
    r = b.virbl("peer", "add", line, check=False)
    show("a second time: refused", r.returncode == REFUSED, r)


def other_key(a, b):
    """B adds the URL of A with the ID of somebody else."""
    else_ = cluster.Node(b.dir, "else")
    ident = else_.virbl("id").stdout.strip()
    b.virbl("peer", "add", "%s#%s" % (a.url, ident), "--name", "else")
    state(b, "else", "unreachable")
    why = peers(b)["else"]["why"]
    b.virbl("peer", "remove", "else")
    return "wrong key" in why and not peers(b)


def strangers(a, b, show):
    state(b, "alpha", "refused")
    show("who was not added by the other side is told so",
         "does not know this node" in b.virbl("status").stdout)

    def called():
        "alpha remembers who called, with the card"
        return [x for x in pending(a)["callers"] if x["card"]]
    caller = cluster.wait_for(called)[0]
    show("a caller is pending, by its key, with what its card says",
         caller["id"] == b.virbl("id").stdout.strip() and caller["card"]["name"] == "beta" and
         caller["card"]["group"] == "BETA" and caller["card"]["prefixes"] == ["198.51.100.0/24"], caller)
    show("status says that somebody waits", "wait for your decision" in a.virbl("status").stdout)
    show("nobody of that name waits: exit 3", a.virbl("peer", "accept", "delta", check=False).returncode == NOTHING)
    a.virbl("peer", "accept", "beta")
    state(a, "beta", "connected")
    state(b, "alpha", "connected")
    got = peers(a)["beta"]
    show("accepted: vote, weight 1, group and prefixes of the card, connected at once",
         (got["trust"], got["weight"], got["group"], got["prefixes"]) == ("vote", 1, "BETA", ["198.51.100.0/24"]), got)
    show("and no longer pending", pending(a)["callers"] == [])


def trust(a, b, show):
    address = "10.1.1.1"
    b.post([{"address": address, "category": "worm", "threat": "T", "count": 2}])
    known(a, address, 1)
    show("vote: two sightings of one peer list nothing", not a.lookup(address)["listed"])
    for level, want in (("full", True), ("observe", False), ("full", True), ("vote", False)):
        a.virbl("peer", "trust", "beta", level)
        row = listed(a, address, want)
        show("trust %s: %s at once, backwards too" % (level, row["reason"]),
             (row["reason"] == "trusted") == want and peers(a)["beta"]["trust"] == level, row)
    a.post([{"address": address, "category": "worm", "threat": "T"}])
    row = listed(a, address, True)
    show("in company it is listed", row["reason"] == "company" and row["groups"] == 2, row)
    a.virbl("peer", "trust", "beta", "vote", "--weight", "0.5")

    def weighed():
        "the weight is in force"
        row = [x for x in a.lookup(address)["lists"] if x["list"] == "worm"][0]
        return (row["score"], row["listed"]) == (2, True)
    cluster.wait_for(weighed)
    a.virbl("peer", "trust", "beta", "vote", "--weight", "0.499")
    row = listed(a, address, False)
    show("weight 0.5 reaches the threshold, 0.499 does not", row["reason"] == "below" and row["score"] == 1.998, row)
    for args in (("beta", "some"), ("beta", "vote", "--weight", "1.0001"), ("beta",)):
        show("peer trust %s: exit 2" % " ".join(args), a.virbl("peer", "trust", *args, check=False).returncode == USAGE)
    show("trust in nobody: exit 3", a.virbl("peer", "trust", "delta", "vote", check=False).returncode == NOTHING)
    a.virbl("peer", "trust", "beta", "none")
    state(a, "beta", "off")
    state(b, "alpha", "refused")
    show("none: not replicated any more, and the other side sees it",
         "does not replicate" in why_of(b, "alpha") or "does not know" in why_of(b, "alpha"), why_of(b, "alpha"))
    a.virbl("peer", "trust", "beta", "vote", "--weight", "1")
    state(a, "beta", "connected")
    state(b, "alpha", "connected")


def why_of(node, name):
    return peers(node)[name].get("why", "")


def groups(a, b, c, show):
    cluster.pair(b, c)
    # Alpha does not hear gamma: its sightings come by way of beta.
    ident = c.virbl("id").stdout.strip()
    card = c.dir / "card.conf"
    card.write_text('peer gamma { id = "%s"  group = "BETA" }\n' % ident)
    a.virbl("peer", "add", card)
    show("a peer without a URL, from a card file", peers(a)["gamma"]["state"] == "no url" and
         peers(a)["gamma"]["group"] == "BETA", peers(a)["gamma"])
    address = "10.2.2.2"
    for n in (b, c):
        n.post([{"address": address, "category": "worm", "threat": "T"}])
    known(a, address, 2)
    row = listed(a, address, False)
    show("two members of one group are one: %s" % row["reason"], row["groups"] == 1 and row["score"] == 2, row)
    a.virbl("peer", "trust", "gamma", "vote", "--group", "GAMMA")
    row = listed(a, address, True)
    show("in groups of their own they are two", row["groups"] == 2 and row["reason"] == "company", row)


def cards(a, b, show):
    b.conf.write_text(b.conf.read_text().replace('group = "BETA"', 'group = "Beta and Sons"')
                      .replace("198.51.100.0/24", "203.0.113.0/24"))
    b.virbl("reload")

    def changed():
        "alpha has heard of the new card"
        return pending(a)["changed"]
    row = cluster.wait_for(changed)[0]
    show("a changed card waits: %s" % ", ".join(row["differs"]),
         row["name"] == "beta" and row["differs"] == ["group", "prefixes"] and
         row["card"]["group"] == "Beta and Sons" and row["accepted"]["group"] == "BETA", row)
    show("until then the old one counts", peers(a)["beta"]["group"] == "BETA")
    a.virbl("peer", "accept", "beta", "--prefix", "203.0.113.0/25")
    got = peers(a)["beta"]
    show("accepted, but for what the operator says otherwise",
         (got["group"], got["prefixes"], got["trust"]) == ("Beta and Sons", ["203.0.113.0/25"], "vote"), got)


def parting(a, b, c, show):
    r = json.loads(a.virbl("peer", "show", "beta", "--json").stdout)
    show("peer show: %s, %d batches taken" % (r["state"], r["accepted"]), r["state"] == "connected" and r["accepted"] > 0)
    address = "10.2.2.2"
    a.virbl("peer", "remove", "gamma")
    row = listed(a, address, False)
    show("a removed peer's sightings count no longer", row["groups"] == 1 and "gamma" not in peers(a), row)
    a.virbl("peer", "remove", "beta")
    state(b, "alpha", "refused")
    show("the other side is refused again, and pending",
         peers(a) == {} and b.virbl("id").stdout.strip() in [x["id"] for x in pending(a)["callers"]])
    for verb in ("remove", "show", "accept"):
        show("peer %s of one that is gone: exit 3" % verb,
             a.virbl("peer", verb, "gamma", check=False).returncode == NOTHING)
    show("none of this needed a restart", a.log().count("serving") == 1, a.log())


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.TimeoutExpired as e:
        print("FAIL", e)
        sys.exit(1)
