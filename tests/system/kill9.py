#!/usr/bin/python3
"""kill -9 a node under load, many times: nothing acknowledged may be lost.

usage: kill9.py [KILLS [SEED]]

Two nodes; the first is killed at random moments while a client posts
sightings to it, every one with its own address. At the end every
acknowledged address must be known at both nodes, no fork seen, digests equal.
"""
import json
import random
import sys
import tempfile
import threading
import time

import cluster


class Load(threading.Thread):
    """Posts until told to stop; remembers what was acknowledged."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.node, self.acked, self.number, self.done = node, [], 0, False

    def run(self):
        while not self.done:
            rows = []
            for _ in range(20):
                self.number += 1
                n = self.number
                rows.append({"address": "10.%d.%d.%d" % (n >> 16 & 255, n >> 8 & 255, n & 255),
                             "category": "worm", "threat": "Win.Worm.Test", "count": 2,
                             "id": "k%d" % n})
            try:
                status, answer = self.node.post(rows)
                if status == 200:
                    assert answer["rejected"] == [], answer
                    self.acked += [r["address"] for r in rows]
            except (OSError, ValueError, EOFError) as e:
                time.sleep(0.005)
            except Exception as e:      # http.client's family: the node died
                if "http.client" not in type(e).__module__:
                    raise
                time.sleep(0.005)


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
    rng = random.Random(seed)
    print("kills %d, seed %d" % (kills, seed))
    with tempfile.TemporaryDirectory() as root:
        a, b = cluster.Node(root, "alpha"), cluster.Node(root, "beta")
        for n in (a, b):
            n.limits = 'batch_interval = 50ms'
            n.configure()
        cluster.pair(a, b, trust="full")
        try:
            return run(a, b, kills, rng)
        finally:
            a.stop()
            b.stop()


def run(a, b, kills, rng):
    a.start()
    b.start()
    load = Load(a)
    load.start()
    for _ in range(kills):
        time.sleep(rng.uniform(0.0, 0.4))
        a.kill()
        a.start(wait=rng.random() < 0.7)
    a.wait_ready()
    time.sleep(1)
    load.done = True
    load.join()

    def settled():
        "both nodes list all that was acknowledged"
        d = cluster.equal_digests([a, b])
        return d and d["worm"][0] >= len(set(load.acked))
    failed = 0
    try:
        cluster.wait_for(settled, 120, 0.2)
    except AssertionError as e:
        print("FAIL", e, a.digest(), b.digest(), len(load.acked))
        failed += 1
    for n in (a, b):
        listed = set(n.virbl("export", "worm", "plain").stdout.split())
        lost = [x for x in load.acked if x not in listed]
        status = json.loads(n.get("/v1/status")[1])
        forks = status["chains"]["fork"] + n.log().count("fork")
        twice = [s for s in (n.lookup(x)["sightings"] for x in load.acked[:200])
                 if sum(v["count"] for v in s) != 2]
        print("%s: acknowledged %d, lost %d, counted wrongly %d, forks %d"
              % (n.name, len(load.acked), len(lost), len(twice), forks))
        failed += bool(lost) + bool(forks) + bool(twice)
    print("digests", "equal" if cluster.equal_digests([a, b]) else "DIFFER")
    print("%d passed, %d failed" % (7 - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
