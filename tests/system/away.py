#!/usr/bin/python3
"""`virbl report` while the daemon is away: only the local disk is touched, nobody
waits, and all of it arrives once, after the daemon is back.

REPORTS=N (default 400) reports, WORKERS=N (2) at a time. The whole campaign is
REPORTS=100000 (make check-away)."""
import os
import signal
import sys
import tempfile
import threading
import time

import cluster

REPORTS = int(os.environ.get("REPORTS", "400"))
WORKERS = int(os.environ.get("WORKERS", "2"))


def address(i):
    return "198.18.%d.%d" % (i >> 8, i & 255) if i < 65536 else \
        "198.19.%d.%d" % (i - 65536 >> 8, i & 255)


def run_quietly(argv):
    """Exit status and seconds of one run; /dev/null for what it says."""
    null = os.open(os.devnull, os.O_RDWR)
    begin = time.monotonic()
    pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=[
        (os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)])
    status = os.waitpid(pid, 0)[1]
    os.close(null)
    return os.waitstatus_to_exitcode(status), time.monotonic() - begin


def report_all(node, count):
    """Report count addresses; exit codes other than 0, and sorted seconds."""
    seconds, bad = [], []

    def work(first):
        for i in range(first, count, WORKERS):
            code, took = run_quietly([str(cluster.BUILD / "virbl"), "-c", str(node.conf), "report",
                                      address(i), "--category", "worm", "--threat", "Win.Worm.Away",
                                      "--count", "2"])
            seconds.append(took)
            if code != 0:
                bad.append(code)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(WORKERS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return bad, sorted(seconds)


def main():
    passed = []

    def show(what, ok):
        passed.append(bool(ok))
        print("%s %s" % ("ok  " if ok else "FAIL", what))

    with tempfile.TemporaryDirectory() as root:
        n = cluster.Node(root, "alpha")
        spool = n.dir / "state" / "spool"
        try:
            bad, seconds = report_all(n, REPORTS)
            floor = sorted(run_quietly(["/bin/true"])[1] for _ in range(50))[25]
            print("     %d reports, %d at a time: median %.1f ms, 99 of 100 within %.1f ms "
                  "(/bin/true: %.1f ms)"
                  % (REPORTS, WORKERS, seconds[REPORTS // 2] * 1e3,
                     seconds[REPORTS * 99 // 100] * 1e3, floor * 1e3))
            files = list(spool.glob("*.ndjson"))
            lines = sum(f.read_bytes().count(b"\n") for f in files)
            show("%d reports are kept in %d files, all calls end with 0" % (lines, len(files)),
                 not bad and lines == REPORTS)

            def all_in():
                "the spool is empty"
                return not list(spool.iterdir())
            n.start()
            cluster.wait_for(all_in, seconds=600)
            items = n.status()["items"]
            show("all are counted once: %(accepted)d accepted, %(duplicate)d duplicates" % items,
                 items["accepted"] == REPORTS and items["duplicate"] == 0)
            show("all %d are listed" % REPORTS, n.digest()["worm"][0] == REPORTS)

            n.process.send_signal(signal.SIGSTOP)
            code, took = run_quietly([str(cluster.BUILD / "virbl"), "-c", str(n.conf), "report",
                                      "203.0.113.9", "--category", "worm", "--threat", "W"])
            kept = len(list(spool.glob("*.ndjson")))
            n.process.send_signal(signal.SIGCONT)
            print("     a daemon that hangs was left alone after %.1f s" % took)
            show("a report is kept when the daemon hangs", code == 0 and kept == 1)
            cluster.wait_for(all_in)
            show("and counts once when it goes on",
                 [x["count"] for x in n.lookup("203.0.113.9")["sightings"]] == [1])
            show("it stops cleanly", n.stop() == 0)
        finally:
            n.stop()
    print("%d passed, %d failed" % (sum(passed), len(passed) - sum(passed)))
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
