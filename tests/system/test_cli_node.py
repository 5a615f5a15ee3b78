#!/usr/bin/python3
"""The control tool against a real node: what was reported while the daemon was
away is counted once it is back, a file ingested again counts nothing twice, and
exports agree with digests."""
import hashlib
import json
import sys
import tempfile

import cluster


def row(n, **more):
    return json.dumps(dict({"address": "203.0.%d.%d" % (n // 250, n % 250 + 1),
                            "category": "worm", "threat": "Win.Worm.X", "count": 2}, **more)) + "\n"


def main():
    passed = []

    def show(what, ok):
        passed.append(bool(ok))
        print("%s %s" % ("ok  " if ok else "FAIL", what))

    with tempfile.TemporaryDirectory() as root:
        n = cluster.Node(root, "alpha")
        spool = n.dir / "state" / "spool"
        try:
            n.virbl("report", "198.18.0.9", "--category", "worm", "--threat", "W")
            show("report while the daemon is away is kept", len(list(spool.glob("*.ndjson"))) == 1)
            kept = next(spool.glob("*.ndjson"))
            again = kept.read_bytes()
            n.start()

            def taken():
                "the spool is empty"
                return not list(spool.glob("*.ndjson"))
            cluster.wait_for(taken)
            kept.write_bytes(again)
            (spool / "z.ndjson").write_text("this is no JSON\n")
            cluster.wait_for(taken)
            rows = n.lookup("198.18.0.9")["sightings"]
            show("a kept report counts once, though it came twice",
                 [x["count"] for x in rows] == [1])
            show("what cannot be read is put aside", (spool / "z.bad").exists())

            f = n.dir / "in.ndjson"
            f.write_text("".join(row(i) for i in range(3000)) + row(1) + "bad\n")
            r = n.virbl("ingest", "ndjson", f, check=False)
            show("3001 lines are accepted, one is not, exit 6: %s" % r.stdout.strip(),
                 r.returncode == 6 and r.stdout == "accepted 3001, duplicate 0, rejected 1\n"
                 and r.stderr.startswith("line 3002: "))
            r = n.virbl("ingest", "ndjson", f, check=False)
            show("again: all are duplicates",
                 r.stdout == "accepted 0, duplicate 3001, rejected 1\n")
            out = n.dir / "worm.txt"
            n.virbl("export", "worm", "plain", "-o", out)
            name, count, sha = n.virbl("digest", "worm").stdout.split()
            show("the digest is that of the export of %s addresses" % count,
                 hashlib.sha256(out.read_bytes()).hexdigest() == sha and
                 int(count) == len(out.read_text().split()) == 3000)
            token = n.virbl("token", "add", "reporter", "mx1").stdout.strip()
            show("a token is listed", "mx1" in n.virbl("token", "list").stdout and token)
            show("what the node does not keep is refused",
                 n.virbl("lookup", "203.0.0.1", "--at", "2020-01-01T00:00:00Z",
                         check=False).returncode == 5)
            n.virbl("retract", "203.0.0.1")
            show("retract delists", n.virbl("lookup", "203.0.0.1", check=False).returncode == 3)
            show("status says that special ranges can be listed",
                 "special = off" in n.virbl("status").stdout)
            n.conf.write_text(n.conf.read_text() + "nonsense { }\n")
            r = n.virbl("reload", check=False)
            show("a bad configuration is refused with its line",
                 r.returncode == 1 and "unknown section 'nonsense'" in r.stderr)
            show("it stops cleanly", n.stop() == 0)
        finally:
            n.stop()
    print("%d passed, %d failed" % (sum(passed), len(passed) - sum(passed)))
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
