#!/usr/bin/python3
"""Twelve nodes, one public list each, must merge to the known lists.

Data: lists-2022-01-24 and expected/summary.json below VIRBL_DATA. Prints wall
time from the first POST to equal digests and each node's peak memory.
"""
import gzip
import hashlib
import json
import sys
import tempfile
import threading
import time

import cluster

BREAKERS = "member_rate = off  pivotal = off  growth_hold = off  canaries = off"
CATEGORIES = '{"worm", "malware", "spam", "phish", "bruteforce", "scan", "exploit"}'


def lists():
    text = ""
    for k in (2, 3, 4, 5, 6):
        name = "any" if k == 2 else "any%d" % k
        text += ('list %s { categories = %s  window = 24h  threshold = %d  cap = 1  groups = %d'
                 '  hold = 24h }\n' % (name, CATEGORIES, k, k))
    return text


def main():
    data = cluster.DATA
    files = sorted((data / "lists-2022-01-24").glob("*.txt.gz"))
    if not files:
        print("skipped: no data in %s (set VIRBL_DATA)" % data)
        return 77
    allow = [data / "allowlist" / n for n in (
        "misp_smtp_sending_ips.txt", "misp_google_gmail_sending_ips.txt",
        "misp_microsoft_office365_ip.txt", "postwhite_example.cidr")]
    want = json.loads((data / "expected" / "summary.json").read_text())["static-2022-01-24"]
    with tempfile.TemporaryDirectory() as root:
        nodes = []
        for f in files:
            n = cluster.Node(root, f.name.split(".")[0])
            n.lists, n.allow, n.limits = lists(), allow, BREAKERS
            n.configure()
            nodes.append(n)
        try:
            return run(nodes, files, want)
        finally:
            for n in nodes:
                n.stop()


def run(nodes, files, want):
    for i, a in enumerate(nodes):
        for b in nodes[:i]:
            cluster.pair(a, b)
    for n in nodes:
        n.start(wait=False)
    for n in nodes:
        n.wait_ready()
    now = int(time.time())
    begin = time.monotonic()

    def feed(node, path):
        addresses = gzip.open(path, "rt").read().split()
        for i in range(0, len(addresses), 5000):
            status, answer = node.post([{"address": a, "category": "bruteforce", "threat": node.name,
                                         "time": now} for a in addresses[i:i + 5000]])
            assert status == 200 and answer["rejected"] == [], answer
    threads = [threading.Thread(target=feed, args=x) for x in zip(nodes, files)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    posted = time.monotonic() - begin

    def done():
        "every node lists the expected number and all digests are equal"
        d = cluster.equal_digests(nodes)
        return d and d["any"][0] == want["thresholds"]["2"]["minus_mail"]
    failed = passed = 0
    try:
        cluster.wait_for(done, 300, 0.1)
        print("first POST to equal digests: %.2f s (posting %.2f s)" % (time.monotonic() - begin, posted))
    except AssertionError as e:
        print("FAIL", e)
        failed += 1
    for n in nodes:
        for k in (2, 3, 4, 5, 6):
            name = "any" if k == 2 else "any%d" % k
            body = n.virbl("export", name, "plain").stdout.encode()
            rows, digest = body.count(b"\n"), hashlib.sha256(body).hexdigest()
            expect = want["thresholds"][str(k)]
            ok = rows == expect["minus_mail"] and digest == expect["minus_mail_sha256"]
            passed, failed = passed + ok, failed + (not ok)
            if not ok or n is nodes[0]:
                print("%s %-20s %-5s %6d rows %s" % ("ok  " if ok else "FAIL", n.name, name, rows, digest))
        print("     %-20s peak memory %d KiB" % (n.name, n.peak_memory()))
    ok, bad = rehearse(nodes[0], files, want, now)
    passed, failed = passed + ok, failed + bad
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


def rehearse(node, files, want, now):
    """The rule over the same votes in a file, under the first node's policy."""
    votes = node.dir / "votes.tsv"
    with open(votes, "w") as out:
        for f in files:
            name = f.name.split(".")[0]
            for address in gzip.open(f, "rt").read().split():
                out.write("%d\t%s\t%s\t%s\tbruteforce\t1\tx\n" % (now, name, name.upper(), address))
    passed = failed = 0
    for k in (2, 3, 4, 5, 6):
        name = "any" if k == 2 else "any%d" % k
        body = node.virbl("rehearse", "--list", name, votes).stdout.encode()
        ok = hashlib.sha256(body).hexdigest() == want["thresholds"][str(k)]["minus_mail_sha256"]
        passed, failed = passed + ok, failed + (not ok)
        print("%s rehearse %-5s %6d rows" % ("ok  " if ok else "FAIL", name, body.count(b"\n")))
    return passed, failed


if __name__ == "__main__":
    sys.exit(main())
