#!/usr/bin/python3
"""A node restored from an old copy of its directory asks its peers before it
publishes, takes over what they hold of its log, and never forks; with nobody to
ask for the lost part it begins a new epoch."""
import json
import shutil
import sys
import tempfile

import cluster


def own(node):
    return json.loads(node.get("/v1/node")[1])


def report(node, n):
    status, answer = node.post([{"address": "10.0.%d.%d" % (n, i), "category": "worm",
                                 "threat": "Win.Worm.Old", "count": 2} for i in range(20)])
    assert status == 200 and answer["accepted"] == 20, answer


def main():
    checks = []

    def show(what, ok):
        checks.append(bool(ok))
        print("%s %s" % ("ok  " if ok else "FAIL", what))

    with tempfile.TemporaryDirectory() as root:
        a, b = cluster.Node(root, "alpha"), cluster.Node(root, "beta")
        for n in (a, b):
            n.limits = "batch_interval = 100ms"
            n.configure()
        cluster.pair(a, b)
        copy = a.dir.with_name("copy")
        try:
            a.start()
            b.start()
            report(a, 1)
            cluster.wait_for(lambda: b.digest()["worm"][0] == 20)
            a.stop()
            shutil.copytree(a.dir / "state", copy)
            a.start()
            report(a, 2)
            report(a, 3)
            cluster.wait_for(lambda: b.digest()["worm"][0] == 60)
            before = own(a)
            a.kill()
            shutil.rmtree(a.dir / "state")
            shutil.copytree(copy, a.dir / "state")

            # With the peer away the restored node listens, and publishes nothing.
            b.stop()
            a.start()
            report(a, 4)
            show("intake and local listing do not wait for peers", a.digest()["worm"][0] == 40)
            status = json.loads(a.get("/v1/status")[1])
            show("nothing is published before a peer was heard",
                 not status["publishing"] and own(a)["seq"] < before["seq"])
            b.start()

            def adopted():
                "the restored node holds its lost batches again and goes on after them"
                now = own(a)
                return now["epoch"] == before["epoch"] and now["seq"] > before["seq"]
            cluster.wait_for(adopted)
            show("adoption: %d/%d, before %d/%d" % (own(a)["epoch"], own(a)["seq"],
                                                    before["epoch"], before["seq"]), True)
            cluster.wait_for(lambda: a.digest()["worm"][0] == 80 and cluster.equal_digests([a, b]))
            show("equal digests, nothing lost", True)
            counts = {v["count"] for n in (a, b) for i in range(1, 5)
                      for v in n.lookup("10.0.%d.7" % i)["sightings"]}
            show("every sighting counted once", counts == {2})

            # Now the peer loses its copy of the log too, but remembers the head.
            a.stop()
            shutil.rmtree(a.dir / "state")
            shutil.copytree(copy, a.dir / "state")
            b.stop()
            import sqlite3
            db = sqlite3.connect(b.dir / "state" / "virbl.db")
            key = bytes.fromhex(before["key"])
            db.execute("DELETE FROM batch WHERE member = ?", (key,))
            db.commit()
            db.close()
            b.start()
            a.start()
            report(a, 5)
            cluster.wait_for(lambda: own(a)["epoch"] == before["epoch"] + 1, 180)
            show("epoch bump where nobody can serve the lost part", True)
            cluster.wait_for(lambda: b.lookup("10.0.5.7")["listed"])
            show("the peer follows into the new epoch", True)
            forks = [json.loads(n.get("/v1/status")[1])["chains"]["fork"] for n in (a, b)]
            show("no fork anywhere", forks == [0, 0])
        finally:
            a.stop()
            b.stop()
    print("%d passed, %d failed" % (sum(checks), len(checks) - sum(checks)))
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
