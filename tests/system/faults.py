#!/usr/bin/python3
"""What goes wrong at the start, or while serving, is said in one clear line,
with an exit code, and damages nothing."""
import os
import pathlib
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile

import cluster


def start(node, limit=None):
    """Run virbld to its end: (exit status, stderr)."""
    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    r = subprocess.run([str(cluster.BUILD / "virbld"), "-f", "-c", str(node.conf)], capture_output=True,
                       text=True, timeout=60, preexec_fn=small if limit else None)
    return r.returncode, r.stderr


def main():
    checks = []

    def show(what, ok, got=""):
        checks.append(bool(ok))
        print("%s %s" % ("ok  " if ok else "FAIL", what))
        if not ok:
            print("     got:", got)

    def refused(what, node, *words):
        code, err = start(node)
        lines = [l for l in err.splitlines() if l.startswith("virbld: ")]
        show(what, code == 1 and len(lines) == 1 and all(w in err for w in words), (code, err))

    with tempfile.TemporaryDirectory() as root:
        n = cluster.Node(root, "alpha")
        good = n.conf.read_text()

        n.conf.write_text(good.replace("listen {", "listn {"))
        code, err = start(n)
        show("unknown section: file, line, suggestion",
             code == 1 and "virbl.conf:" in err and "listen" in err, (code, err))
        n.conf.write_text(good)

        key = n.dir / "node.key"
        os.chmod(key, 0o644)
        refused("key readable by others", n, "node.key", "chmod 600")
        os.chmod(key, 0o600)

        saved = key.read_text()
        key.write_text("nonsense\n")
        refused("key file of another kind", n, "node.key", "not a key file")
        key.write_text(saved)

        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("127.0.0.1", n.port))
            s.listen()
            refused("port in use", n, str(n.port), "another program listens there")

        db = n.dir / "state" / "virbl.db"
        c = sqlite3.connect(db)
        c.execute("PRAGMA user_version = 999")
        c.commit()
        c.close()
        refused("database of a newer version", n, "newer virbl", "999")
        c = sqlite3.connect(db)
        c.execute("PRAGMA user_version = 1")
        c.commit()
        c.close()

        bytes_ = db.read_bytes()
        for suffix in ("-wal", "-shm"):
            pathlib.Path(str(db) + suffix).unlink(missing_ok=True)
        db.write_bytes(b"garbage" * 2000)
        refused("database overwritten with garbage", n, "virbl.db")
        db.write_bytes(bytes_)

        n.start()
        status, answer = n.post([{"address": "10.9.9.9", "category": "worm", "count": 2}])
        show("all of it mended: the node serves", status == 200 and answer["accepted"] == 1)
        refused("a second daemon on the same directory", n, "another virbld")
        digest = n.digest()

        n.conf.write_text(good.replace("listen {", "listn {"))
        r = n.virbl("reload", check=False)
        show("reload of a bad file keeps the old one", r.returncode != 0 and n.digest() == digest,
             r.stderr)
        n.conf.write_text(good)
        show("stops cleanly", n.stop() == 0)

        # The disk is full: files may not grow. What was acknowledged stays.
        size = max(f.stat().st_size for f in (n.dir / "state").iterdir())
        code = full_disk(n, size + 65536)
        show("disk full: ends with an error, not by a signal", code == 1, code)
        n.start()
        lost = [a for a in n.acked if not n.lookup(a)["listed"]]
        show("disk full: nothing acknowledged is lost (%d acknowledged)" % len(n.acked),
             not lost and n.acked, lost)
        n.stop()

        shutil.rmtree(n.dir / "state")
        refused("no state directory", n, "virbl init")
    print("%d passed, %d failed" % (sum(checks), len(checks) - sum(checks)))
    return 0 if all(checks) else 1


def full_disk(n, limit):
    """Serve with a file size limit until the daemon gives up; its status."""
    log = open(n.dir / "virbld.out", "ab")

    def small():
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    n.process = subprocess.Popen([str(cluster.BUILD / "virbld"), "-f", "-c", str(n.conf)], stdout=log,
                                 stderr=log, preexec_fn=small)
    n.acked = []
    n.wait_ready()
    for i in range(2000):
        rows = [{"address": "10.1.%d.%d" % (i % 250, j), "category": "worm", "count": 2,
                 "threat": "T%d-%d" % (i, j)} for j in range(1, 200)]
        try:
            status, answer = n.post(rows)
        except Exception:
            break
        if status == 200:
            n.acked += ["10.1.%d.%d" % (i % 250, 1)]
    return n.process.wait(timeout=60)


if __name__ == "__main__":
    sys.exit(main())
