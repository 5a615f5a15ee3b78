#!/usr/bin/python3
"""Three nodes, paired with invite and add: a sighting at A and one at B list
the address at A, B and C alike; a retraction at A delists it everywhere."""
import json
import sys
import tempfile
import time

import cluster

ADDRESS = "192.0.2.77"


def main():
    passed = []

    def show(what, ok):
        passed.append(bool(ok))
        print("%s %s" % ("ok  " if ok else "FAIL", what))

    with tempfile.TemporaryDirectory() as root:
        nodes = [cluster.Node(root, n) for n in ("alpha", "beta", "gamma")]
        a, b, c = nodes
        try:
            # The first starts alone; the others join while it runs.
            a.start()
            cluster.pair(a, b)
            b.start()
            cluster.pair(a, c)
            cluster.pair(b, c)
            c.start()

            def connected():
                "everybody hears everybody"
                return all(sum(p["state"] == "connected" for p in
                               json.loads(n.get("/v1/peers")[1])["peers"]) == 2 for n in nodes)
            cluster.wait_for(connected)
            begin = time.monotonic()
            for n in (a, b):
                n.virbl("report", ADDRESS, "--category", "worm", "--threat", "Win.Worm.Sober-G")

            def listed():
                "listed on all three"
                return all(n.lookup(ADDRESS)["listed"] for n in nodes)
            cluster.wait_for(listed)
            took = time.monotonic() - begin
            print("     listed on all three after %.2f s" % took)
            worms = [[l for l in n.lookup(ADDRESS)["lists"] if l["list"] == "worm"][0] for n in nodes]
            show("same until on all three: %s" % worms[0]["until"], len({w["until"] for w in worms}) == 1)
            show("groups 2 on all three", all(w["groups"] == 2 for w in worms))
            show("lookup exits 0 when listed", all(n.virbl("lookup", ADDRESS).returncode == 0 for n in nodes))
            digests = [n.virbl("digest").stdout for n in nodes]
            show("virbl digest is equal on all three", len(set(digests)) == 1 and digests[0])
            for form in ("plain", "csv", "json", "ndjson"):
                first = a.virbl("export", "any", form).stdout
                time.sleep(1.1 if form == "json" else 0)
                show("equal lists, equal bytes: %s" % form, ADDRESS in first and
                     all(n.virbl("export", "any", form).stdout == first for n in nodes))
            a.virbl("retract", ADDRESS)

            def delisted():
                "delisted on all three"
                return not any(n.lookup(ADDRESS)["listed"] for n in nodes)
            cluster.wait_for(delisted)
            show("retract at A delists everywhere", True)
            show("lookup exits 3 when not listed",
                 all(n.virbl("lookup", ADDRESS, check=False).returncode == 3 for n in nodes))
            show("digests equal after that", cluster.equal_digests(nodes))
            for n in nodes:
                show("%s stops cleanly" % n.name, n.stop() == 0)
        finally:
            for n in nodes:
                n.stop()
    print("%d passed, %d failed" % (sum(passed), len(passed) - sum(passed)))
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
